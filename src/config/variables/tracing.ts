import { otlpEndpoint, otlpHeaders, SAMPLERS } from '../otlp-types.ts';
import { decimalNumber, oneOf, serviceName } from '../value-types.ts';
import type { Command, VariableGroup } from '../variable.ts';

const USED_BY = ['api', 'worker', 'start'] as const satisfies Command[];

export const tracing = {
  title: 'Tracing',
  introduction:
    'Traces are sent to an OpenTelemetry collector, in OTLP over HTTP. The names are those of the OpenTelemetry specification; `docs/tracing.md` tells what there is to see.',
  variables: {
    OTEL_EXPORTER_OTLP_ENDPOINT: {
      type: otlpEndpoint(),
      description: 'The collector; `/v1/traces` is added.',
      example: 'http://otel-collector:4318',
      whenUnset: 'nothing is traced',
      usedBy: USED_BY,
    },
    OTEL_EXPORTER_OTLP_HEADERS: {
      type: otlpHeaders(),
      description: 'Headers that the collector wants, such as its credentials.',
      example: 'authorization=Bearer%20YourToken',
      whenUnset: 'none are sent',
      secret: true,
      file: true,
      usedBy: USED_BY,
    },
    OTEL_SERVICE_NAME: {
      type: serviceName(),
      description: 'By what name traces know this process.',
      example: 'tender-api',
      whenUnset: '`tender-api`, `tender-worker` or `tender`, as the log has it',
      usedBy: USED_BY,
    },
    OTEL_TRACES_SAMPLER: {
      type: oneOf(SAMPLERS),
      description:
        'Which traces are sent; the `parentbased` ones do as the caller did where it sends a `traceparent`.',
      example: 'parentbased_traceidratio',
      default: 'parentbased_always_on',
      usedBy: USED_BY,
    },
    OTEL_TRACES_SAMPLER_ARG: {
      type: decimalNumber(0, 1),
      description: 'The share of traces that the `traceidratio` samplers send: 0.1 is 10 %.',
      example: '0.1',
      default: '1',
      usedBy: USED_BY,
    },
  },
} as const satisfies VariableGroup;
