import { isDefinite, isOperators, type Answer, type Call, type Client } from '../load/client.ts';
import { paymentIdOf } from '../load/purchase.ts';
import type { Evidence, PaymentRow } from './evidence.ts';
import type { Violation } from './violation.ts';

/** What was answered holds: it is there, it still means what it said, and it is said again. */
export function checkRequests({ calls, payments, refunds, purchases }: Evidence): Violation[] {
  const violations: Violation[] = [];
  const byId = new Map(payments.map((payment) => [payment.id, payment]));
  const requests = calls.filter(({ method }) => method === 'POST');
  for (const call of requests) {
    const report = (invariant: Violation['invariant'], what: string) =>
      violations.push({
        invariant,
        what: `${call.path} (${call.key}): ${what}`,
        paymentId:
          paymentIdOf(call) ??
          payments.find(({ orderId }) => orderId === call.purchase)?.id ??
          null,
        purchase: call.purchase,
      });
    const { answer } = call;
    if (answer === null) {
      report('stuck', 'no answer before the end');
      continue;
    }
    const { status, json } = answer;
    const purchase = purchases.find(({ name }) => name === call.purchase);
    if (status === 402 && purchase && !purchase.mayBeDeclined) {
      report('answer differs', 'declined, though nobody had declined it');
    }
    // What Tender takes the gateway can do: it knows what is held, captured and refunded.
    if (json?.code === 'gateway_refused') {
      report('answer differs', `taken here, and refused by the gateway: ${json.detail}`);
    }
    if (status >= 300 || isOperators(call)) continue;
    const isRefund = call.path.endsWith('/refunds');
    if (isRefund) {
      const row = refunds.find(({ id }) => id === json?.id);
      if (!row) report('request lost', `refund ${json?.id} is not there`);
      else if (json.status === 'succeeded' && row.status !== 'succeeded') {
        report('answer differs', `it succeeded, and is ${row.status} now`);
      }
      continue;
    }
    const row = byId.get(String(json?.id));
    if (!row) report('request lost', `payment ${json?.id} is not there`);
    else if (!mayFollow(json.status, row)) {
      report('answer differs', `it was ${json.status}, and is ${row.status} now`);
    }
  }
  for (const { id, orderId, status } of payments) {
    const isAsked = requests.some(
      ({ purchase, path }) => purchase === orderId && path.endsWith('/cancel'),
    );
    if (status !== 'canceled' || isAsked) continue;
    const what = 'canceled, though nobody asked for it';
    violations.push({ invariant: 'answer differs', what, paymentId: id, purchase: orderId });
  }
  return violations;
}

/** Whether a payment may be as it is now after its caller was told that it was so. */
function mayFollow(told: string, { status }: PaymentRow): boolean {
  switch (told) {
    case 'succeeded':
    case 'canceled':
    case 'failed':
      return status === told;
    case 'requires_capture':
      return ['requires_capture', 'succeeded', 'canceled'].includes(status);
    default:
      return true;
  }
}

/** Sends everything once more that has an answer, which has to be the same to the letter. */
export async function checkReplays(client: Client): Promise<Violation[]> {
  const answered = client.calls.filter(
    (call) => call.key !== null && call.answer !== null && isStored(call.answer),
  );
  const violations = await Promise.all(
    answered.map(async (call): Promise<Violation | null> => {
      const first = call.answer as Answer;
      const again = await client.repeat(call);
      if (again.status === first.status && again.text === first.text) return null;
      return {
        invariant: 'answer differs',
        what: `${call.path} (${call.key}) answered ${first.status}, and ${again.status} when it was sent again: ${first.text.slice(0, 300)} | ${again.text.slice(0, 300)}`,
        paymentId: paymentIdOf(call),
        purchase: call.purchase,
      };
    }),
  );
  return violations.filter((violation) => violation !== null);
}

/** Whether the answer was kept under its key: it says what came of the request, not that it was not taken. */
function isStored(answer: Answer): boolean {
  return isDefinite(answer) && (answer.status < 300 || answer.status === 402);
}

export type { Call };
