import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN_TOKEN, asAdmin } from '../support/as-operator.ts';
import { runCommand } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { START_TIMEOUT_MS } from '../support/tender-processes.ts';
import { startTender, type Tender } from '../support/tender.ts';

const RUNS = '/reconciliation/runs';
const DIFFERENCES = '/reconciliation/differences';
const TODAY = new Date().toISOString().slice(0, 10);
const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);

let tender: Tender;
let paid: string;
let disputed: string;

beforeAll(async () => {
  tender = await startTender({
    env: { TENDER_ADMIN_TOKEN: ADMIN_TOKEN, PAYMENT_RECONCILIATION_PENDING_HOURS: '0' },
  });
  const pay = async (): Promise<string> => {
    const body = { amount: 2_000, currency: 'USD', payment_method: 'pm_card_visa', confirm: true };
    return (await tender.call('POST', '/api/v1/payments', { body })).json.id;
  };
  [paid, disputed] = [await pay(), await pay()];
  await pay();
  await tender.call('POST', `/api/v1/payments/${paid}/refunds`, { body: { amount: 500 } });
  const book = tender.sandbox
    .books()
    .payments.find(({ metadata }) => metadata['tender_payment_id'] === disputed);
  await fetch(`${tender.sandbox.url}/__sandbox/disputes`, {
    method: 'POST',
    body: JSON.stringify({ payment: book?.id }),
  });
  await tender.settled();
  await fetch(`${tender.sandbox.url}/__sandbox/payouts`, { method: 'POST' });
});

afterAll(() => tender.close());

/** Has a worker compare yesterday and today, and gives the run as it ended. */
async function reconcile() {
  const body = { gateway: 'stripe', from: YESTERDAY, to: TODAY };
  const begun = await asAdmin(tender, 'POST', RUNS, body);
  expect(begun.status, JSON.stringify(begun.json)).toBe(202);
  return eventually(async () => {
    const { json } = await asAdmin(tender, 'GET', `${RUNS}/${begun.json.id}`);
    expect(json.status, JSON.stringify(json)).toBe('finished');
    return json;
  }, 60_000);
}

test('charges, refunds and disputes that went through Tender match, and the payout what it consists of', async () => {
  const run = await reconcile();
  const told = run.totals.map(({ kind, state, count, ours, theirs }: Record<string, unknown>) => [
    kind,
    state,
    count,
    ours,
    theirs,
  ]);
  expect(told).toEqual([
    ['charge', 'matched', 3, '6000', '6000'],
    ['dispute', 'matched', 1, '-2000', '-2000'],
    // Less 5.00 and 20.00 given back, three fees of 0.88, and 15.00 for the dispute.
    ['payout', 'matched', 1, '-1736', '-1736'],
    ['refund', 'matched', 1, '-500', '-500'],
  ]);
  const again = await reconcile();
  expect(again.results_changed).toBe(0);
});

test('what was paid out is in the ledger once, and the gateway holds nothing any more', async () => {
  await reconcile();
  const { json } = await asAdmin(tender, 'GET', '/ledger/balances');
  const balances = new Map(
    json.data.map(({ account, balance }: { account: string; balance: { minor_units: string } }) => [
      account,
      balance.minor_units,
    ]),
  );
  expect(balances.get('payouts/stripe')).toBe('1736');
  expect(balances.get('gateway_clearing/stripe')).toBe('0');
});

test('a difference is shown with both sides, assigned, explained and closed, and the audit log tells', async () => {
  const book = tender.sandbox
    .books()
    .payments.find(({ metadata }) => metadata['tender_payment_id'] === paid);
  const fault = tender.sandbox.faults.add({
    match: { source: book?.id ?? '' },
    settlement: { kind: 'amount', by: -100 },
  });
  await reconcile();
  const query = `?status=open&state=amount_differs&payment_id=${paid}`;
  const [difference] = (await asAdmin(tender, 'GET', `${DIFFERENCES}${query}`)).json.data;
  expect(difference).toMatchObject({
    kind: 'charge',
    gateway_reference: book?.id,
    ours: { id: paid, amount: '2000', currency: 'USD' },
    theirs: { amount: '1900', currency: 'USD' },
  });
  const path = `${DIFFERENCES}/${difference.id}`;
  const described = await asAdmin(tender, 'PATCH', path, {
    assigned_to: 'Ada',
    explanation: 'asked the gateway',
  });
  expect(described.json).toMatchObject({
    assigned_to: 'Ada',
    record: { object: 'balance_transaction' },
  });
  const closed = await asAdmin(tender, 'POST', `${path}/close`, { reason: 'credited by hand' });
  expect(closed.json).toMatchObject({ closed_by: 'bootstrap', close_reason: 'credited by hand' });
  const twice = await asAdmin(tender, 'POST', `${path}/close`, { reason: 'again' });
  expect([twice.status, twice.json.code]).toEqual([409, 'difference_closed']);
  const { json: log } = await asAdmin(
    tender,
    'GET',
    `/audit-log?subject_kind=difference&subject_id=${difference.id}`,
  );
  expect(log.data.map(({ action }: { action: string }) => action).sort()).toEqual([
    'reconciliation.close',
    'reconciliation.describe',
  ]);
  // What was closed stays closed as long as it is as it was, and is open again when it is not.
  await reconcile();
  expect((await asAdmin(tender, 'GET', path)).json.closed_at).not.toBeNull();
  tender.sandbox.faults.clear(fault.id);
  await reconcile();
  expect((await asAdmin(tender, 'GET', path)).json).toMatchObject({
    state: 'matched',
    closed_at: null,
  });
});

test('the daily and the monthly report say what was taken, given back and kept, as JSON and as CSV', async () => {
  const query = `?from=${YESTERDAY}&to=${TODAY}`;
  for (const unit of ['daily', 'monthly']) {
    const { status, json } = await asAdmin(tender, 'GET', `/reports/${unit}${query}`);
    expect(status, JSON.stringify(json)).toBe(200);
    expect(json.data).toMatchObject([
      {
        gateway: 'stripe',
        currency: 'USD',
        method: 'card',
        payments: 3,
        gross: '60.00',
        refunds: '5.00',
        disputes: '20.00',
        fees: '2.64',
        net: '32.36',
        fees_unknown: 0,
        payments_tried: 3,
        success_rate: '1.0000',
        average_amount: '20.00',
      },
    ]);
  }
  const response = await fetch(`${tender.apiUrl}/api/v1/admin/reports/daily${query}&format=csv`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  const [head, line] = (await response.text()).split('\r\n');
  expect(head).toMatch(/^period,gateway,currency,method,payments,gross,refunds,disputes,fees,net,/);
  expect(line).toMatch(
    /^\d{4}-\d\d-\d\d,stripe,USD,card,3,60.00,5.00,20.00,2.64,32.36,0,3,1.0000,20.00$/,
  );
});

test('a run that makes no sense is refused with what to do instead', async () => {
  const begin = async (body: object) => {
    const { status, json } = await asAdmin(tender, 'POST', RUNS, { gateway: 'stripe', ...body });
    return [status, json.code, json.param];
  };
  expect(await begin({ from: TODAY, to: YESTERDAY })).toEqual([422, 'parameter_invalid', 'to']);
  expect(await begin({ from: '2999-01-01', to: '2999-01-02' })).toEqual([
    422,
    'parameter_invalid',
    'from',
  ]);
  expect(await begin({ gateway: 'nobody', from: TODAY, to: TODAY })).toEqual([
    404,
    'gateway_not_found',
    undefined,
  ]);
});

test(
  'the command line compares by itself and tells by its exit code whether something differs',
  async () => {
    const args = ['reconcile', 'stripe', '--from', YESTERDAY, '--to', TODAY];
    const same = await runCommand(args, { env: tender.env });
    expect(same.code, same.stderr).toBe(0);
    expect(same.stdout).toContain('charge matched: 3, here 60.00 USD, there 60.00 USD');
    const wrong = await runCommand(['reconcile', 'stripe', '--from', TODAY, '--to', YESTERDAY], {
      env: tender.env,
    });
    expect(wrong.stderr).toContain('exchange the two');
  },
  START_TIMEOUT_MS,
);
