import { z } from 'zod';
import type { Lookup, ReadCall } from '../gateway.ts';
import { lookup } from '../json-answer.ts';
import type { Api } from './api.ts';

const Answer = z.object({ location: z.object({ currency: z.string() }) });

/**
 * Asks for the location that payments are made at: so the access token, the location and its currency are all shown to
 * fit together. A location of another currency would refuse every payment.
 * Source: https://developer.squareup.com/reference/square/locations-api/retrieve-location
 */
export async function checkCredentials(
  api: Api,
  { locationId, currency }: { locationId: string; currency: string },
  call: ReadCall,
): Promise<Lookup<null>> {
  const path = `/v2/locations/${encodeURIComponent(locationId)}`;
  const found = lookup(await api.get(path, (json) => Answer.parse(json), call));
  if (found.kind !== 'found') return found;
  const theirs = found.report.location.currency;
  if (theirs === currency) return { kind: 'found', report: null };
  const message = `the location takes ${theirs}, but ${currency} is configured`;
  const error = { code: 'location_currency', message, httpStatus: null, gatewayRequestId: null };
  return { kind: 'unavailable', error: { category: 'invalid_request', ...error } };
}
