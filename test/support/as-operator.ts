import type { Answer, Tender } from './tender.ts';

/** What `TENDER_ADMIN_TOKEN` is in tests. */
export const ADMIN_TOKEN = 'an-administrator-that-is-visibly-fake';

/** Asks the API as somebody with this token. */
export async function callAs(
  { apiUrl }: Pick<Tender, 'apiUrl'>,
  token: string | null,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<Pick<Answer, 'status' | 'json' | 'headers'>> {
  const response = await fetch(`${apiUrl}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json(), headers: response.headers };
}

/** Asks the admin API as the first administrator. */
export function asAdmin(
  tender: Pick<Tender, 'apiUrl'>,
  method: string,
  path: string,
  body?: object,
  headers?: Record<string, string>,
) {
  return callAs(tender, ADMIN_TOKEN, method, `/api/v1/admin${path}`, body, headers);
}
