import { z } from 'zod';
import type { Refused } from '../control.ts';
import type { Work } from './account.ts';
import { createIntent } from './create-intent.ts';
import { createRefund } from './refunds.ts';

const MOST = 5_000;
const amount = z.int().min(1).max(99_999_999).transform(BigInt);

const fillRequest = z.strictObject({
  payments: z
    .array(
      z.strictObject({
        amount,
        currency: z.string().regex(/^[a-z]{3}$/),
        metadata: z.record(z.string().max(40), z.string().max(500)).default({}),
        refund: amount.optional(),
      }),
    )
    .min(1)
    .max(MOST),
});

/** A payment that was taken, and the refund of it that was asked for. */
type Filled = { id: string; refund: string | null };

/**
 * `POST /__sandbox/payments`: takes many payments with a card that works, as `POST /v1/payment_intents` and
 * `POST /v1/refunds` would one by one. What is refused ends it; what was taken before that stays.
 */
export function fillAccount(work: Work, body: unknown): { payments: Filled[] } | Refused {
  const parsed = fillRequest.safeParse(body);
  if (!parsed.success) return { refused: z.prettifyError(parsed.error) };
  const payments: Filled[] = [];
  for (const { refund, ...wanted } of parsed.data.payments) {
    const paid = createIntent(work, {
      ...wanted,
      confirm: true,
      payment_method: 'pm_card_visa',
      payment_method_types: ['card'],
    });
    if (!paid.ok) return { refused: `Payment ${payments.length} is refused.` };
    const { id } = paid.value as { id: string };
    const back =
      refund === undefined ? null : createRefund(work, { payment_intent: id, amount: refund });
    if (back?.ok === false) return { refused: `The refund of ${id} is refused.` };
    payments.push({ id, refund: back && (back.value as { id: string }).id });
  }
  return { payments };
}
