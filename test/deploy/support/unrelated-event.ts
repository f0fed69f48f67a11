/** An event of Stripe's that is about nothing of ours: it is stored, acknowledged, and ignored. */
export function unrelatedEvent(id: string, description = ''): string {
  const created = Math.floor(Date.now() / 1_000);
  const object = { object: 'customer', id: `cus_${id}`, description };
  const type = 'customer.created';
  const event = { object: 'event', id: `evt_${id}`, type, created, livemode: false };
  return JSON.stringify({ ...event, api_version: '2026-10-28.endive', data: { object } });
}
