import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readAuditEntries } from '../../src/database/audit.ts';
import { findGatewayConfigAt } from '../../src/database/gateway-settings.ts';
import { ADMIN_TOKEN, asAdmin as askAsAdmin } from '../support/as-operator.ts';
import { eventually } from '../support/eventually.ts';
import { freePorts } from '../support/free-ports.ts';
import { LocalPart } from '../support/tender-part.ts';
import { startTender, type Answer, type Tender } from '../support/tender.ts';

const VISA = { amount: 1_000, currency: 'USD', payment_method: 'pm_card_visa', confirm: true };

let tender: Tender;
/** A second API on the same database. */
let replica: { api: LocalPart; apiUrl: string };
let keys = 0;

beforeAll(async () => {
  tender = await startTender({ env: { TENDER_ADMIN_TOKEN: ADMIN_TOKEN } });
  const [port, metricsPort] = await freePorts(2);
  const ports = { PAYMENT_PORT: String(port), PAYMENT_PROMETHEUS_PORT: String(metricsPort) };
  const api = new LocalPart('api', { ...tender.env, ...ports });
  await api.start();
  replica = { api, apiUrl: `http://127.0.0.1:${port}` };
});

afterAll(async () => {
  await replica.api.stop();
  await tender.close();
});

const asAdmin = (method: string, path: string, body?: object, headers?: Record<string, string>) =>
  askAsAdmin(tender, method, path, body, headers);

function pay(body: object = {}): Promise<Answer> {
  keys += 1;
  return tender.call('POST', '/api/v1/payments', {
    body: { ...VISA, ...body },
    key: `admin-gateways-${keys}`,
  });
}

async function actionsOn(gateway: string): Promise<string[]> {
  const actions: string[] = [];
  for await (const batch of readAuditEntries(tender.db, { subjectId: gateway })) {
    actions.push(...batch.map(({ action }) => action));
  }
  return actions;
}

describe('the settings of a gateway', () => {
  test('are changed as the guide does it, and read back as they were written', async () => {
    const put = await asAdmin('PUT', '/gateways/stripe/config', {
      fee_percentage: 2.9,
      fee_fixed: 0.3,
    });
    expect(put).toMatchObject({
      status: 200,
      json: { gateway: 'stripe', version: 1, fee_percentage: 2.9, fee_fixed: 0.3 },
    });
    expect(put.json.changed_by).toEqual({ id: 'op_bootstrap', name: 'bootstrap' });
    const [row] = await tender.db
      .sql`SELECT fee_percentage::text, fee_fixed::text FROM gateway_settings`;
    expect(row).toEqual({ feePercentage: '2.9', feeFixed: '0.3' });
    expect((await asAdmin('GET', '/gateways/stripe/config')).json).toEqual(put.json);
  });

  test('keep what a change leaves out, and lose what it sets to null', async () => {
    const fees = { EUR: { percentage: '1.5', fixed: 0.25 }, JPY: { fixed: 0 } };
    await asAdmin('PUT', '/gateways/stripe/config', { fees, display_name: 'Cards' });
    const after = await asAdmin('PUT', '/gateways/stripe/config', { fees: { JPY: null } });
    expect(after.json).toMatchObject({
      fee_percentage: 2.9,
      fees: { EUR: { percentage: 1.5, fixed: 0.25 } },
      display_name: 'Cards',
    });
    expect(Object.keys(after.json.fees)).toEqual(['EUR']);
  });

  test('of the past stay what they were', async () => {
    const before = (await asAdmin('GET', '/gateways/stripe/config')).json;
    const after = (await asAdmin('PUT', '/gateways/stripe/config', { fee_percentage: 3.4 })).json;
    const at = new Date(new Date(after.in_force_from).getTime() - 1);
    const then = await findGatewayConfigAt(tender.db, 'stripe', at);
    expect([then?.version, then?.config.feePercentage]).toEqual([before.version, '2.9']);
    const rewriting = tender.db.sql`UPDATE gateway_settings SET fee_percentage = 0`;
    await expect(rewriting.then()).rejects.toThrow();
  });

  test('are not changed over what somebody else has changed meanwhile', async () => {
    const read = await asAdmin('GET', '/gateways/stripe/config');
    const etag = read.headers.get('etag') ?? '';
    const headers = { 'if-match': etag };
    const first = await asAdmin('PUT', '/gateways/stripe/config', { fee_fixed: 0.31 }, headers);
    expect(first.status).toBe(200);
    expect(first.headers.get('etag')).not.toBe(etag);
    const second = await asAdmin('PUT', '/gateways/stripe/config', { fee_fixed: 0.32 }, headers);
    expect(second).toMatchObject({ status: 412, json: { code: 'precondition_failed' } });
    expect((await asAdmin('GET', '/gateways/stripe/config')).json.fee_fixed).toBe(0.31);
  });

  test.each([
    ['a field that there is not', { fee: 1 }, 'fee'],
    ['more than everything', { fee_percentage: 100.1 }, 'fee_percentage'],
    ['less than nothing', { fee_fixed: -0.01 }, 'fee_fixed'],
    ['more digits than a number carries', { fee_percentage: '2.9000000001' }, 'fee_percentage'],
    ['no number', { fee_percentage: 'much' }, 'fee_percentage'],
    ['a currency that there is not', { fees: { XXQ: { fixed: 1 } } }, 'fees'],
    ['a currency in which it does not charge', { currencies: ['KPW'] }, 'currencies'],
    ['limits that no amount fits', { min_amount: 10, max_amount: 5 }, 'min_amount'],
    ['a limit of nothing', { min_amount: 0 }, 'min_amount'],
    ['a limit of nothing in a currency', { limits: { EUR: { max_amount: '0.00' } } }, 'limits'],
    ['a limit without a digit', { max_amount: '' }, 'max_amount'],
    ['a limit below the minor unit', { limits: { JPY: { min_amount: 0.5 } } }, 'limits'],
    ['nothing at all', {}, ''],
  ])('refuse %s', async (_what, body, param) => {
    const before = (await asAdmin('GET', '/gateways/stripe/config')).json;
    const answer = await asAdmin('PUT', '/gateways/stripe/config', body);
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.json)).toContain(param);
    expect((await asAdmin('GET', '/gateways/stripe/config')).json).toEqual(before);
  });

  test('of a gateway that there is not are not found', async () => {
    const answer = await asAdmin('PUT', '/gateways/acme/config', { fee_fixed: 1 });
    expect(answer).toMatchObject({ status: 404, json: { code: 'gateway_not_found' } });
    expect((await asAdmin('POST', '/gateways/acme/disable')).status).toBe(404);
  });

  test('decide which payments are taken', async () => {
    await asAdmin('PUT', '/gateways/stripe/config', { limits: { USD: { max_amount: 50 } } });
    expect((await pay({ amount: 5_001 })).json.code).toBe('amount_too_large');
    expect((await pay({ amount: 5_000 })).status).toBe(201);
    await asAdmin('PUT', '/gateways/stripe/config', { limits: null, currencies: ['EUR'] });
    expect((await pay()).json.code).toBe('currency_not_supported');
    await asAdmin('PUT', '/gateways/stripe/config', { currencies: null });
  });
});

describe('a gateway that is switched off', () => {
  afterEach(async () => {
    await asAdmin('POST', '/gateways/stripe/enable');
  });

  test('takes no new payment anywhere within a second, and finishes what was begun', async () => {
    const held = await pay({ capture_method: 'manual' });
    const off = await asAdmin('POST', '/gateways/stripe/disable', {
      reason: 'errors since 3 a.m.',
    });
    expect(off).toMatchObject({
      status: 200,
      json: { enabled: false, reason: 'errors since 3 a.m.', changed_by: { name: 'bootstrap' } },
    });
    expect(off.json.warnings).toHaveLength(1);
    expect((await pay()).json.code).toBe('gateway_disabled');
    await eventually(async () => {
      const { json } = await askReplica();
      expect(json.data[0]).toMatchObject({ name: 'stripe', enabled: false });
    }, 1_000);
    const captured = await tender.call('POST', `/api/v1/payments/${held.json.id}/capture`, {
      key: 'capture-while-off',
    });
    expect(captured).toMatchObject({ status: 200, json: { status: 'succeeded' } });
    await eventually(async () =>
      expect(await tender.api.metric('payment_gateway_enabled{gateway="stripe"}')).toBe(0),
    );

    const on = await asAdmin('POST', '/gateways/stripe/enable');
    expect(on.json).toMatchObject({ enabled: true, reason: null, warnings: [] });
    expect((await pay()).status).toBe(201);
    expect((await actionsOn('stripe')).slice(-2)).toEqual(['gateway.disable', 'gateway.enable']);
  });

  test('says so where it is enabled without credentials', async () => {
    const { json } = await asAdmin('POST', '/gateways/square/enable');
    expect(json.warnings).toEqual([expect.stringContaining('credentials')]);
  });

  async function askReplica(): Promise<{ json: { data: object[] } }> {
    const response = await fetch(`${replica.apiUrl}/api/v1/gateways`, {
      headers: { authorization: `Bearer ${tender.apiKey}` },
    });
    return { json: (await response.json()) as { data: object[] } };
  }
});

test('the status tells how each gateway is doing, over all processes', async () => {
  await pay();
  await eventually(async () => {
    const { status, json } = await asAdmin('GET', '/gateways/status');
    expect(status).toBe(200);
    const [stripe, square] = json.data;
    expect(stripe).toMatchObject({
      gateway: 'stripe',
      enabled: true,
      credentials: { present: true, accepted: true },
    });
    expect(stripe.last_5_minutes.calls).toBeGreaterThan(0);
    expect(stripe.last_5_minutes.p95_latency_seconds).toBeGreaterThan(0);
    expect(new Date(stripe.last_success_at).getTime()).toBeGreaterThan(Date.now() - 60_000);
    expect(square).toMatchObject({
      gateway: 'square',
      credentials: { present: false, accepted: null },
      last_5_minutes: { calls: 0, success_rate: null },
    });
  });
});
