import { randomBytes, randomUUID } from 'node:crypto';
import type { GatewayOutcome } from '../../src/domain/outcome.ts';
import type { PaymentReport } from '../../src/domain/report.ts';
import type {
  Confirmation,
  CreatePayment,
  Gateway,
  MoneyCall,
  PaymentTerms,
  ReadCall,
} from '../../src/gateways/gateway.ts';
import type { ChargeBook } from '../../src/sandbox/books.ts';
import type { OpenSubject } from './subject.ts';

/** A key that was never used before, as long as those that Tender derives. */
export function newKey(): string {
  return randomBytes(32).toString('base64url');
}

/** A call with a key of its own, or with the one that is given. */
export function moneyCall(idempotencyKey = newKey()): MoneyCall {
  return { idempotencyKey, requestId: `req_${randomUUID()}` };
}

export function readCall(): ReadCall {
  return { requestId: `req_${randomUUID()}` };
}

type Over = Partial<Omit<CreatePayment, 'reference'>>;

/** A payment of the subject, tried with the method that works, unless it is said otherwise. */
export function newPayment(subject: OpenSubject, over: Over = {}): CreatePayment {
  const id = () => randomBytes(13).toString('hex');
  return {
    amount: 4_200n,
    currency: subject.currency,
    captureMethod: 'automatic',
    description: 'Two tickets',
    statementDescriptor: null,
    orderId: 'order-1',
    paymentMethod: subject.methods.works,
    offSession: false,
    returnUrl: 'https://shop.example/done',
    gatewayCustomerId: null,
    savePaymentMethod: false,
    ...over,
    reference: { paymentId: `pay_${id()}`, attemptId: `att_${id()}` },
  };
}

/** What is left of a payment's terms and confirmation for the calls after the first. */
export function termsOf(request: CreatePayment): PaymentTerms & Confirmation {
  return request;
}

/** A payment as far as it was driven: the last outcome, and how the same call can be made once more. */
export interface Driven {
  request: CreatePayment;
  outcome: GatewayOutcome<PaymentReport>;
  /** Makes the call that took the money once more, with the same key. */
  again: () => Promise<GatewayOutcome<PaymentReport>>;
}

/**
 * Takes a payment to where it is charged, authorized or turned down, as Tender does: the customer agrees where they are
 * asked, and what waits for its completion is completed.
 *
 * @param beforeMoney runs before the call that takes the money
 */
export async function pay(
  subject: OpenSubject,
  request: CreatePayment,
  {
    gateway = subject.gateway,
    key = newKey(),
    beforeMoney = () => undefined,
    approve = subject.approve,
  }: PayOptions = {},
): Promise<Driven> {
  const staged = subject.charges === 'on_completion';
  if (!staged) beforeMoney();
  const create = () => gateway.createPayment(request, moneyCall(key));
  let outcome = await create();
  if (!staged) return { request, outcome, again: create };
  if (outcome.kind === 'requires_action') {
    await approve(outcome.action);
    outcome = await readOutcome(gateway, outcome.report.gatewayPaymentId);
  }
  const isAgreed = outcome.kind === 'succeeded' && outcome.report.status === 'requires_completion';
  if (!isAgreed || outcome.kind !== 'succeeded') return { request, outcome, again: create };
  beforeMoney();
  const { gatewayPaymentId } = outcome.report;
  const completionKey = newKey();
  const complete = () =>
    gateway.completePayment({ ...termsOf(request), gatewayPaymentId }, moneyCall(completionKey));
  return { request, outcome: await complete(), again: complete };
}

interface PayOptions {
  gateway?: Gateway;
  key?: string;
  beforeMoney?: () => void;
  approve?: OpenSubject['approve'] | undefined;
}

/** A reading as an outcome, where there is something to read. */
export async function readOutcome(
  gateway: Gateway,
  gatewayPaymentId: string,
): Promise<GatewayOutcome<PaymentReport>> {
  const found = await gateway.retrievePayment(gatewayPaymentId, readCall());
  if (found.kind !== 'found') throw new Error(`the payment cannot be read: ${found.kind}`);
  return { kind: 'succeeded', report: found.report };
}

/** The report of an outcome that has to have one. */
export function reportOf(outcome: GatewayOutcome<PaymentReport>): PaymentReport {
  if ('report' in outcome && outcome.report) return outcome.report;
  throw new Error(`an outcome without a report: ${JSON.stringify(outcome, withoutBigints)}`);
}

function withoutBigints(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** What the sandbox believes that the customer was charged for a payment of ours. */
export function chargesOf(subject: OpenSubject, { reference }: CreatePayment): ChargeBook[] {
  const { payments } = subject.sandbox.books(subject.filterFor(reference));
  return payments.flatMap(({ charges }) => charges);
}

/** The charges that hold or took the customer's money. */
export function liveCharges(subject: OpenSubject, request: CreatePayment): ChargeBook[] {
  return chargesOf(subject, request).filter(({ status }) => status === 'live');
}
