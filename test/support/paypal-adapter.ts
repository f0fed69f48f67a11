import { onTestFinished, expect } from 'vitest';
import type {
  CompletePayment,
  CreatePayment,
  Gateway,
  GatewayOutcome,
  Lookup,
  MoneyCall,
} from '../../src/gateways/gateway.ts';
import { createPayPalGateway } from '../../src/gateways/paypal/client.ts';
import { createTransport, type GatewayRequest } from '../../src/gateways/transport.ts';
import { startPayPalSandbox } from '../../src/sandbox/paypal/start.ts';
import type { PayPalSandbox, PayPalSandboxOptions } from '../../src/sandbox/paypal/start.ts';

export const CREDENTIALS = { clientId: 'client_1', clientSecret: 'secret_1' };
export const WEBHOOK_ID = 'WEBHOOK1';
export const RETURN_URL = 'https://shop.example.com/return?cart=1';

let keys = 0;

/** A call with a key of its own, or with the one given. */
export function keyed(idempotencyKey = `key-${(keys += 1)}`): MoneyCall {
  return { requestId: 'req_test', idempotencyKey };
}

/** A payment of 20.00 USD by a customer who is sent to PayPal. */
export function creation(over: Partial<CreatePayment> = {}): CreatePayment {
  return {
    amount: 2000n,
    currency: 'USD',
    captureMethod: 'automatic',
    paymentMethod: 'paypal',
    offSession: false,
    returnUrl: RETURN_URL,
    gatewayCustomerId: null,
    savePaymentMethod: false,
    description: 'Two chairs',
    statementDescriptor: 'CHAIRS',
    orderId: 'order-1',
    reference: { paymentId: 'pay_1', attemptId: 'att_1' },
    ...over,
  };
}

/** The report of an outcome that must have one. */
export function reportOf<T>(outcome: GatewayOutcome<T>): T {
  if (outcome.kind === 'unknown' || outcome.report === null) {
    throw new Error(`There is no report: ${JSON.stringify(outcome, withoutBigInt)}`);
  }
  return outcome.report;
}

/** What a reading must have found. */
export function foundIn<T>(lookup: Lookup<T>): T {
  if (lookup.kind !== 'found') throw new Error(`It was not found: ${JSON.stringify(lookup)}`);
  return lookup.report;
}

export interface Connection {
  sandbox: PayPalSandbox;
  gateway: Gateway;
  /** What the adapter sent, in order. */
  requests: GatewayRequest[];
  /** Decides as the payer does on the page that an outcome leads to: `approve`, `approve-declined` or `cancel`. */
  decide: (url: string, result?: string) => Promise<void>;
  /** Makes an order, lets the payer approve it, and charges or authorizes it. */
  pay: (over?: Partial<CreatePayment>) => Promise<CompletePayment>;
}

/** A sandbox that lives as long as the test, with the adapter in front; its two sets of records must agree at the end. */
export async function connect(
  options: Partial<PayPalSandboxOptions> = {},
  { totalTimeoutMs = 10_000, clientSecret = CREDENTIALS.clientSecret } = {},
): Promise<Connection> {
  const sandbox = await startPayPalSandbox({ port: 0, ...CREDENTIALS, ...options });
  const transport = createTransport({ connectTimeoutMs: 2_000, totalTimeoutMs });
  onTestFinished(async () => {
    expect(sandbox.checkBooks()).toEqual([]);
    await transport.close();
    await sandbox.close();
  });
  const requests: GatewayRequest[] = [];
  const gateway = createPayPalGateway({
    clientId: CREDENTIALS.clientId,
    clientSecret,
    webhookIds: ['AN-OLDER-ONE', WEBHOOK_ID],
    apiUrl: sandbox.url,
    certificateHosts: [new URL(sandbox.url).host],
    certificateAuthorities: [sandbox.certificateAuthority],
    transport: {
      close: () => transport.close(),
      send: (request) => {
        requests.push(request);
        return transport.send(request);
      },
    },
    signatureToleranceMs: 300_000,
  });
  const decide = async (url: string, result = 'approve'): Promise<void> => {
    const body = new URLSearchParams({ result });
    const answer = await fetch(url, { method: 'POST', body, redirect: 'manual' });
    expect(answer.status).toBe(303);
  };
  const pay = async (over: Partial<CreatePayment> = {}): Promise<CompletePayment> => {
    const request = creation(over);
    const created = await gateway.createPayment(request, keyed());
    const { gatewayPaymentId, action } = reportOf(created);
    if (action?.type === 'redirect_to_url') await decide(action.url);
    const completion = { ...request, gatewayPaymentId };
    expect(await gateway.completePayment(completion, keyed())).toMatchObject({ kind: 'succeeded' });
    return completion;
  };
  return { sandbox, gateway, requests, decide, pay };
}

/** What the sandbox took, charge by charge, in minor units. */
export function taken(sandbox: PayPalSandbox): number[] {
  const charges = sandbox.books().payments.flatMap((payment) => payment.charges);
  return charges.map(({ captured }) => captured).filter((captured) => captured > 0);
}

function withoutBigInt(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
