import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { SANDBOX_KEYS } from '../../src/sandbox/credentials.ts';
import { readSettings } from '../../src/cli/read-settings.ts';
import { buildSystem, closeSystem } from '../../src/cli/system.ts';
import type { IdempotentRequest } from '../../src/payments/idempotent-request.ts';
import { createPayment } from '../../src/payments/create.ts';
import type { PaymentResult } from '../../src/payments/result.ts';
import { paymentAnswer } from '../../src/http/answers.ts';
import type { BenchDatabase } from '../ground.ts';
import { apiEnvironment } from '../tender-api.ts';

/** A statement as the driver sends it. */
export interface Statement {
  text: string;
  parameters: unknown[];
}

/** What a payment asks of the database: two statements, and the values in them that no two payments share. */
export interface PaymentStatements {
  begin: Statement;
  commit: Statement;
  unique: string[];
}

const AN_ID = /^(?:pay|att|evt)_[0-9a-z]{26}$/;

let writesDown: (statement: Statement) => void = () => undefined;

/** The driver, telling what it sends. */
const send = Reflect.get(Client.prototype, 'query') as (...call: unknown[]) => unknown;
Reflect.set(Client.prototype, 'query', function (this: Client, ...call: unknown[]) {
  const [query] = call as [{ text?: string; values?: unknown[] }];
  if (query.text !== undefined) {
    writesDown({ text: query.text, parameters: query.values ?? [] });
  }
  return send.apply(this, call);
});

/** Takes one payment through Tender's own code and the sandbox, and writes down what the driver sends meanwhile. */
export async function captureStatements(
  database: BenchDatabase,
  sandboxUrl: string,
): Promise<PaymentStatements> {
  const settings = readSettings('api', apiEnvironment(database, sandboxUrl));
  const urls = { url: database.url, directUrl: database.url };
  const system = buildSystem(settings, urls, 'bench');
  const { payments } = system;
  const sent: Statement[] = [];
  try {
    // What a process asks once, or behind the back of payments.
    await Promise.all([payments.deploymentId(), payments.gatewayStates()]);
    writesDown = (statement) => sent.push(statement);
    const key = randomBytes(16).toString('hex');
    const request: IdempotentRequest<PaymentResult> = {
      key: { scope: 'POST /api/v1/payments', key, fingerprint: randomBytes(32) },
      requestId: 'bench',
      render: (result) =>
        paymentAnswer(result, {
          requestId: 'bench',
          successStatus: 201,
          publishableKey: () => SANDBOX_KEYS.publishableKey,
        }),
    };
    const outcome = await createPayment(payments, COMMAND, request);
    if (outcome.kind !== 'answered' || outcome.result.kind !== 'done') {
      throw new Error(`the sandbox did not take the payment: ${outcome.kind}`);
    }
    const [begin, commit, ...more] = sent;
    if (!begin || !commit || more.length > 0) {
      throw new Error(`a payment took ${sent.length} statements, not 2`);
    }
    const texts = [...begin.parameters, ...commit.parameters].flat();
    const ids = texts.filter((each) => typeof each === 'string' && AN_ID.test(each)) as string[];
    const { gatewayPaymentId } = outcome.result.payment;
    const gatewayKey = texts.filter((each) => typeof each === 'string' && /^[\w-]{43}$/.test(each));
    const unique = new Set([...ids, ...(gatewayKey as string[]), key, gatewayPaymentId ?? '']);
    return { begin, commit, unique: [...unique] };
  } finally {
    await closeSystem(system);
  }
}

const COMMAND = {
  amount: 1250n,
  currency: 'EUR',
  gateway: null,
  captureMethod: 'automatic',
  paymentMethod: 'pm_card_visa',
  paymentMethods: null,
  methodType: null,
  confirm: true,
  offSession: false,
  orderId: null,
  description: null,
  statementDescriptor: null,
  returnUrl: null,
  metadata: {},
  customerId: null,
  savePaymentMethod: false,
} as const;

/** The parameters of the two statements for another payment. */
export function nextParameters({
  begin,
  commit,
  unique,
}: PaymentStatements): [unknown[], unknown[]] {
  const suffix = randomBytes(8).toString('hex');
  const known = new Set(unique);
  const renew = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(renew);
    return typeof value === 'string' && known.has(value)
      ? value.slice(0, -suffix.length) + suffix
      : value;
  };
  return [begin.parameters.map(renew), commit.parameters.map(renew)];
}
