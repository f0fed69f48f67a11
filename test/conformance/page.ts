import type { CustomerAction } from '../../src/domain/report.ts';

/** Short enough that silence does not hold the suite up. */
export const TIMEOUTS = { connectTimeoutMs: 1_000, totalTimeoutMs: 400 };

/** Sends the form of the gateway's hosted page, as a customer's browser does. */
export async function submitForm(
  action: CustomerAction,
  fields: Record<string, string>,
): Promise<void> {
  if (action.type !== 'redirect_to_url') throw new Error(`there is no page: ${action.type}`);
  const response = await fetch(action.url, {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
  });
  if (response.status >= 400) throw new Error(`${action.url} answers ${response.status}`);
}
