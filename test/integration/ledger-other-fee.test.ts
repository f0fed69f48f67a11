import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyLedger } from '../../src/ledger/verify-ledger.ts';
import { ADMIN_TOKEN, asAdmin } from '../support/as-operator.ts';
import { pay, PATIENT, until } from '../support/checkout.ts';
import { eventually } from '../support/eventually.ts';
import { CARD, openSquareSandbox, type SquareTender } from '../support/square.ts';
import { startTenderWith, type Answer } from '../support/tender.ts';

const DAY_MS = 86_400_000;
const TODAY = new Date().toISOString().slice(0, 10);
const YESTERDAY = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);

let tender: SquareTender;
beforeAll(async () => {
  tender = await startTenderWith(openSquareSandbox, {
    env: {
      ...PATIENT,
      TENDER_ADMIN_TOKEN: ADMIN_TOKEN,
      PAYMENT_RECONCILIATION_PENDING_HOURS: '0',
    },
  });
  await asAdmin(tender, 'PUT', '/gateways/square/config', {
    fee_percentage: '2.9',
    fee_fixed: '0.30',
  });
  // Another process may still have the terms of before, for a second at most.
  await asAdmin(tender, 'GET', '/gateways/square/config');
});
afterAll(() => tender.close());

async function compare(): Promise<Answer['json']> {
  const body = { gateway: 'square', from: YESTERDAY, to: TODAY };
  const { json: begun } = await asAdmin(tender, 'POST', '/reconciliation/runs', body);
  return eventually(async () => {
    const { json } = await asAdmin(tender, 'GET', `/reconciliation/runs/${begun.id}`);
    expect(json.status, JSON.stringify(json)).toBe('finished');
    return json;
  }, 50_000);
}

test('a gateway that keeps more than was agreed: the ledger corrects what it expected, the report shows it, and the comparison names it', async () => {
  const { json: usual } = await pay(tender, CARD);
  await until(tender, usual.id, { fee_expected: 320, fee_actual: 320 });
  tender.sandbox.faults.add({ behaviour: 'fees_raised', times: 1 });
  const { json: raised } = await pay(tender, CARD);
  await until(tender, raised.id, { status: 'succeeded', fee_expected: 320, fee_actual: 327 });
  const { json: entries } = await asAdmin(tender, 'GET', `/ledger/entries?payment_id=${raised.id}`);
  expect(
    entries.data.map(({ cause, amount }: Answer['json']) => [cause, amount]).reverse(),
  ).toEqual([
    ['capture', '100.00'],
    ['fee_expected', '3.20'],
    ['fee_corrected', '0.07'],
  ]);
  await tender.settled();
  expect((await verifyLedger(tender.db)).findings).toEqual([]);

  await compare();
  const { json: differences } = await asAdmin(
    tender,
    'GET',
    '/reconciliation/differences?status=open',
  );
  expect(differences.data).toMatchObject([
    {
      kind: 'charge',
      state: 'fee_differs',
      ours: { id: raised.id, fee: '320' },
      theirs: { fee: '327' },
    },
  ]);
  const query = `?from=${YESTERDAY}&to=${TODAY}&gateway=square`;
  const { json: report } = await asAdmin(tender, 'GET', `/reports/monthly${query}`);
  const sum = (column: string) =>
    report.data.reduce((all: number, line: Answer['json']) => all + Number(line[column]), 0);
  expect(sum('gross')).toBe(200);
  expect(sum('fees').toFixed(2)).toBe('6.47');
});
