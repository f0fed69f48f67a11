import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { SANDBOX_KEYS } from '../../src/sandbox/credentials.ts';
import { readSettings } from '../../src/cli/read-settings.ts';
import { buildSystem, closeSystem, type System } from '../../src/cli/system.ts';
import type { Payment } from '../../src/domain/payment.ts';
import type { IdempotentRequest } from '../../src/payments/idempotent-request.ts';
import { createPayment, type NewPayment } from '../../src/payments/create.ts';
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

/** Does something, and writes down what the driver sends meanwhile. */
export async function writeDown<T>(
  work: () => Promise<T>,
): Promise<{ result: T; sent: Statement[] }> {
  const sent: Statement[] = [];
  writesDown = (statement) => sent.push(statement);
  try {
    return { result: await work(), sent };
  } finally {
    writesDown = () => undefined;
  }
}

/** Tender's own code in this process, with nothing of it running by itself. */
export async function withSystem<T>(
  database: BenchDatabase,
  sandboxUrl: string,
  use: (system: System) => Promise<T>,
): Promise<T> {
  const settings = readSettings('api', apiEnvironment(database, sandboxUrl));
  const urls = { url: database.url, directUrl: database.url };
  const system = buildSystem(settings, urls, 'bench');
  try {
    return await use(system);
  } finally {
    await closeSystem(system);
  }
}

/** Takes one payment through Tender's own code and the sandbox, and writes down what the driver sends meanwhile. */
export function captureStatements(
  database: BenchDatabase,
  sandboxUrl: string,
): Promise<PaymentStatements> {
  return withSystem(
    database,
    sandboxUrl,
    async (system) => (await takePayment(system, {})).statements,
  );
}

/** The same for a payment that differs from the usual one. */
export async function takePayment(
  { payments }: System,
  differences: Partial<NewPayment>,
): Promise<{ payment: Payment; statements: PaymentStatements }> {
  // What a process asks once, or behind the back of payments.
  await Promise.all([payments.deploymentId(), payments.gatewayStates()]);
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
  const { result: outcome, sent } = await writeDown(() =>
    createPayment(payments, { ...COMMAND, ...differences }, request),
  );
  if (outcome.kind !== 'answered' || outcome.result.kind !== 'done') {
    throw new Error(`the sandbox did not take the payment: ${outcome.kind}`);
  }
  const [begin, commit, ...more] = sent;
  if (!begin || !commit || more.length > 0) {
    throw new Error(`a payment took ${sent.length} statements, not 2`);
  }
  const texts = [...begin.parameters, ...commit.parameters].flat();
  const { payment } = outcome.result;
  const gatewayKey = texts.filter((each) => typeof each === 'string' && /^[\w-]{43}$/.test(each));
  const unique = new Set([
    ...idsAmong(texts),
    ...(gatewayKey as string[]),
    key,
    payment.gatewayPaymentId ?? '',
  ]);
  return { payment, statements: { begin, commit, unique: [...unique] } };
}

/** The ids of Tender's own making. */
export function idsAmong(values: readonly unknown[]): string[] {
  return values.filter((each) => typeof each === 'string' && AN_ID.test(each)) as string[];
}

const COMMAND: NewPayment = {
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
};

/** The parameters of the two statements for another payment, whose ids end so. */
export function nextParameters(
  { begin, commit, unique }: PaymentStatements,
  suffix = newSuffix(),
): [unknown[], unknown[]] {
  const known = new Set(unique);
  return [renew(begin.parameters, known, suffix), renew(commit.parameters, known, suffix)];
}

/** How many characters at the end of an id make it another one. */
export const SUFFIX_LENGTH = 16;

export function newSuffix(): string {
  return randomBytes(SUFFIX_LENGTH / 2).toString('hex');
}

/** Parameters with other values in place of those that no two payments share. */
export function renew(
  parameters: readonly unknown[],
  unique: ReadonlySet<string>,
  suffix: string,
): unknown[] {
  return parameters.map((value) => {
    if (Array.isArray(value)) return renew(value, unique, suffix);
    return typeof value === 'string' && unique.has(value) ? renewed(value, suffix) : value;
  });
}

/** The id with another end. */
export function renewed(id: string, suffix: string): string {
  return id.slice(0, -SUFFIX_LENGTH) + suffix;
}
