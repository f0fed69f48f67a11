import { readOtlpHeaders } from '../config/otlp-types.ts';
import type { Settings } from '../config/settings.ts';
import { createLogger } from '../observability/logger.ts';
import type { Tracer } from '../observability/tracer.ts';
import { onceAMinute } from './once-a-minute.ts';
import { readVersion } from './version.ts';

/**
 * Starts to tell of traces where the settings say to whom; `null` where they do not. Only then is anything of
 * OpenTelemetry's SDK loaded.
 *
 * @param service who tells, unless the settings name somebody else
 */
export async function startTracing(
  { tracing, log: { level } }: Pick<Settings, 'tracing' | 'log'>,
  service: string,
): Promise<Tracer | null> {
  if (tracing.kind === 'off') return null;
  const version = readVersion();
  const log = createLogger({ level, service, version });
  const { createOtlpTracer } = await import('../observability/otlp-tracer.ts');
  return createOtlpTracer({
    url: tracing.url,
    headers: readOtlpHeaders(tracing.headers),
    service: tracing.serviceName ?? service,
    version,
    sampling: { sampler: tracing.sampler, ratio: tracing.ratio },
    onLost: onceAMinute((err) =>
      log.warn(
        { err },
        'Traces cannot be sent to their collector; they are lost, and nothing else',
      ),
    ),
  });
}
