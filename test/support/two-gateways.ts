import { ADMIN_TOKEN } from './as-operator.ts';
import { PATIENT } from './checkout.ts';
import { GATEWAYS } from './gateways.ts';
import { openStripeSandbox, startTenderWith, type AnySandbox, type Tender } from './tender.ts';

/** Tender between two gateways, Stripe first. */
export interface TwoGateways {
  tender: Tender;
  square: AnySandbox;
  /** The gateways in whose books this payment took or holds money, once for each charge. */
  chargesOf: (paymentId: string) => Promise<string[]>;
  close: () => Promise<void>;
}

/** A token of each gateway. */
export const BOTH = { stripe: 'pm_card_visa', square: 'cnon:card-nonce-ok' };

/** Starts Tender with the sandboxes of Stripe and Square. */
export async function startWithTwoGateways(): Promise<TwoGateways> {
  const openSquare = GATEWAYS.find(({ name }) => name === 'square')!.open;
  let square: AnySandbox | null = null;
  const tender = await startTenderWith(
    async (baseUrl) => {
      const stripe = await openStripeSandbox(baseUrl);
      const other = await openSquare(baseUrl);
      square = other.sandbox;
      return { sandbox: stripe.sandbox, settings: { ...stripe.settings, ...other.settings } };
    },
    {
      env: { ...PATIENT, TENDER_ADMIN_TOKEN: ADMIN_TOKEN, PAYMENT_GATEWAY_BREAKER_FAILURES: '5' },
    },
  );
  const squareSandbox: AnySandbox = square!;
  return {
    tender,
    square: squareSandbox,
    chargesOf: (paymentId) => chargesOf(tender, squareSandbox, paymentId),
    close: async () => {
      await tender.close();
      await squareSandbox.close();
    },
  };
}

async function chargesOf(tender: Tender, square: AnySandbox, paymentId: string): Promise<string[]> {
  const attempts = await tender.db.sql<{ id: string }[]>`
    SELECT id FROM payment_attempts WHERE payment_id = ${paymentId}`;
  const live = (name: string, sandbox: AnySandbox, metadata: Record<string, string>) =>
    sandbox
      .books({ metadata })
      .payments.flatMap(({ charges }) => charges)
      .filter(({ status }) => status === 'live')
      .map(() => name);
  return [
    ...live('stripe', tender.sandbox, { tender_payment_id: paymentId }),
    ...attempts.flatMap(({ id }) => live('square', square, { reference_id: id })),
  ];
}
