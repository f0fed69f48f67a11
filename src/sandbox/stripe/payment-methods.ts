import type { z } from 'zod';
import type { Work } from './account.ts';
import { cardOfNumber, cardOfToken } from './cards.ts';
import type { TestCard } from './cards.ts';
import { noSuch, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { readExpansion } from './expand.ts';
import type { AddressLine, BillingDetails, PaymentMethod } from './model.ts';
import {
  choice,
  clearableText,
  count,
  expand,
  hash,
  metadata,
  text,
  unsettable,
} from './parameters.ts';
import { presentPaymentMethod } from './present-card.ts';

const ADDRESS_LINES = [
  'city',
  'country',
  'line1',
  'line2',
  'postal_code',
  'state',
] as const satisfies readonly AddressLine[];

const address = hash({
  city: clearableText().optional(),
  country: clearableText().optional(),
  line1: clearableText().optional(),
  line2: clearableText().optional(),
  postal_code: clearableText().optional(),
  state: clearableText().optional(),
});

const billing = hash({
  address: unsettable(address).optional(),
  email: clearableText().optional(),
  name: clearableText().optional(),
  phone: clearableText().optional(),
});

const card = hash({
  number: text(),
  exp_month: count(1, 12),
  exp_year: count(0, 9999),
  cvc: text(4).optional(),
});

/** What `payment_method_data` of an intent and the body of a new payment method share. */
export const paymentMethodData = hash({
  type: choice(['card']),
  card,
  billing_details: billing.optional(),
  metadata: metadata().optional(),
});

export const createPaymentMethodParameters = paymentMethodData.extend({ expand: expand() });

type PaymentMethodData = z.output<typeof paymentMethodData>;

const DEFAULT_EXPIRY_MONTH = 8;
const YEARS_UNTIL_EXPIRY = 2;

/** Keeps the card that a browser or server sends, which has to be one of Stripe's test cards. */
export function storeCard(work: Work, data: PaymentMethodData): Result<PaymentMethod> {
  const known = cardOfNumber(data.card.number);
  if (known === undefined) {
    return {
      ok: false,
      refusal: {
        status: 402,
        executed: false,
        error: {
          type: 'card_error',
          code: 'incorrect_number',
          message: "Your card number is not one of Stripe's test cards.",
          param: 'card[number]',
        },
      },
    };
  }
  const { exp_month: expMonth, exp_year: year } = data.card;
  const expYear = year < 100 ? 2000 + year : year;
  return succeed(keep(work, known, { data, expMonth, expYear }));
}

/**
 * Finds a payment method by its id, or makes one of a test token: at Stripe too a token stands
 * for a payment method that is made anew each time.
 */
export function findPaymentMethod(work: Work, id: string, status = 400): Result<PaymentMethod> {
  const stored = work.account.paymentMethods.get(id);
  if (stored !== undefined) return succeed(stored);
  const known = cardOfToken(id);
  if (known === undefined) return noSuch('PaymentMethod', id, 'payment_method', status);
  const year = new Date(work.account.clock.nowMs()).getUTCFullYear();
  return succeed(
    keep(work, known, {
      data: undefined,
      expMonth: DEFAULT_EXPIRY_MONTH,
      expYear: year + YEARS_UNTIL_EXPIRY,
    }),
  );
}

/** `POST /v1/payment_methods` */
export function createPaymentMethod(
  work: Work,
  parameters: z.output<typeof createPaymentMethodParameters>,
): Result<object> {
  const expansion = readExpansion(parameters.expand, 'payment_method');
  if (!expansion.ok) return expansion;
  const stored = storeCard(work, parameters);
  return stored.ok ? succeed(presentPaymentMethod(stored.value)) : stored;
}

/** `GET /v1/payment_methods/{id}` */
export function retrievePaymentMethod(
  work: Work,
  parameters: { expand?: string[] | undefined },
  id: string,
): Result<object> {
  const expansion = readExpansion(parameters.expand, 'payment_method');
  if (!expansion.ok) return expansion;
  const found = findPaymentMethod(work, id, 404);
  return found.ok ? succeed(presentPaymentMethod(found.value)) : found;
}

function keep(
  work: Work,
  known: TestCard,
  details: { data: PaymentMethodData | undefined; expMonth: number; expYear: number },
): PaymentMethod {
  const { account } = work;
  const method: PaymentMethod = {
    id: account.newId('pm_', 24),
    created: account.clock.nowSeconds(),
    card: known,
    metadata: details.data?.metadata ?? {},
    billing: fillBilling(details.data?.billing_details),
    expMonth: details.expMonth,
    expYear: details.expYear,
    isSetUp: false,
    customer: null,
  };
  account.paymentMethods.add(method);
  return method;
}

function fillBilling(given: PaymentMethodData['billing_details']): BillingDetails {
  const lines = {} as BillingDetails['address'];
  for (const line of ADDRESS_LINES) lines[line] = given?.address?.[line] ?? null;
  return {
    address: lines,
    email: given?.email ?? null,
    name: given?.name ?? null,
    phone: given?.phone ?? null,
  };
}
