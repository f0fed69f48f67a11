import { readFileSync } from 'node:fs';
import { readOpenApi, type Addition, type OpenApi } from '../support/openapi.ts';
import { publishedSpec } from '../support/published-specs.ts';

/** What tests read of the file besides what it describes. */
export interface SquareFile {
  components: {
    schemas: Record<
      string,
      {
        required?: string[];
        example?: unknown;
        'x-webhook'?: { event: string };
        'x-enum-elements'?: unknown[];
      }
    >;
  };
}

/** Reads Square's published file as it is. */
export function readSquareFile(): SquareFile {
  return JSON.parse(readFileSync(publishedSpec('square.json'), 'utf8')) as SquareFile;
}

/**
 * Reads what the file describes, with `additions`, and without its one contradiction: it requires of a `RiskEvaluation`
 * a `status` that it does not describe and that none of its own examples has.
 */
export function loadSquare(additions: readonly Addition[] = []): OpenApi {
  const file = readSquareFile();
  const risk = file.components.schemas['RiskEvaluation'];
  if (risk?.required?.join() !== 'status') throw new Error('The contradiction is gone');
  delete risk.required;
  return readOpenApi(file, additions);
}
