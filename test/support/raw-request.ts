import type { Tender } from './tender.ts';

/** A request of which nothing is made right; what is left out is that of one that would create a payment. */
export interface Sent {
  method?: string;
  path?: string;
  body?: string | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
}

/** Sends a request as it is, with a key and an Idempotency-Key unless it has its own. */
export async function sendAsIs(
  { apiUrl, apiKey }: Tender,
  { method = 'POST', path = '/api/v1/payments', body, headers }: Sent,
): Promise<{ status: number; headers: Headers; text: string }> {
  const response = await fetch(`${apiUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      'idempotency-key': crypto.randomUUID(),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}
