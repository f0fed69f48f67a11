import type { Work } from './account.ts';
import { plainView } from './events.ts';
import type { Charge, Customer, Dispute, PaymentIntent, PaymentMethod, Refund } from './model.ts';
import { presentCharge, presentDispute, presentIntent, presentRefund } from './present.ts';
import { presentPaymentMethod } from './present-card.ts';
import { presentCustomer, presentSetupIntent } from './present-kept.ts';

type Maker = (work: Work) => object | undefined;

const newest = <T>(items: readonly T[]): T | undefined => items.at(-1);

const ofIntent: Maker = (work) => {
  const intent: PaymentIntent | undefined = newest(work.account.intents.all());
  return intent && presentIntent(intent, plainView(work));
};
const ofCharge: Maker = (work) => {
  const charge: Charge | undefined = newest(work.account.charges.all());
  return charge && presentCharge(charge, plainView(work));
};
const ofRefund: Maker = (work) => {
  const refund: Refund | undefined = newest(work.account.refunds.all());
  return refund && presentRefund(refund, plainView(work));
};
const ofDispute: Maker = (work) => {
  const dispute: Dispute | undefined = newest(work.account.disputes.all());
  return dispute && presentDispute(dispute, plainView(work));
};
const ofCustomer: Maker = (work) => {
  const customer: Customer | undefined = newest(work.account.customers.all());
  return customer && presentCustomer(customer);
};
const ofMethod: Maker = (work) => {
  const method: PaymentMethod | undefined = newest(work.account.paymentMethods.all());
  return method && presentPaymentMethod(method);
};
const ofSetup: Maker = (work) => {
  const setup = newest(work.account.setups.all());
  return setup && presentSetupIntent(setup, work.baseUrl);
};

/** Every event that can be asked for, and what it is about: https://docs.stripe.com/api/events/types */
const EVENTS: Readonly<Record<string, { about: string; make: Maker }>> = Object.fromEntries(
  [
    {
      about: 'payment intent',
      make: ofIntent,
      prefix: 'payment_intent.',
      names:
        'amount_capturable_updated canceled created partially_funded payment_failed processing requires_action succeeded',
    },
    {
      about: 'charge',
      make: ofCharge,
      prefix: 'charge.',
      names: 'captured expired failed pending refunded succeeded updated',
    },
    { about: 'refund', make: ofRefund, prefix: 'refund.', names: 'created failed updated' },
    { about: 'refund', make: ofRefund, prefix: 'charge.refund.', names: 'updated' },
    {
      about: 'dispute',
      make: ofDispute,
      prefix: 'charge.dispute.',
      names: 'closed created funds_reinstated funds_withdrawn updated',
    },
    { about: 'customer', make: ofCustomer, prefix: 'customer.', names: 'created deleted updated' },
    {
      about: 'payment method',
      make: ofMethod,
      prefix: 'payment_method.',
      names: 'attached automatically_updated detached updated',
    },
    {
      about: 'setup intent',
      make: ofSetup,
      prefix: 'setup_intent.',
      names: 'canceled created requires_action setup_failed succeeded',
    },
  ].flatMap(({ about, make, prefix, names }) =>
    names.split(' ').map((name) => [prefix + name, { about, make }]),
  ),
);

/** The names of all events that can be asked for. */
export function eventTypes(): string[] {
  return Object.keys(EVENTS);
}

/**
 * The object of an event: the newest of its kind as it is now.
 *
 * @returns `unknown` for a type that there is not, and what is missing where the account has no such object
 */
export function makeEventObject(
  work: Work,
  type: string,
): { kind: 'made'; object: object } | { kind: 'unknown' } | { kind: 'missing'; what: string } {
  const known = Object.hasOwn(EVENTS, type) ? EVENTS[type] : undefined;
  if (known === undefined) return { kind: 'unknown' };
  const object = known.make(work);
  return object === undefined ? { kind: 'missing', what: known.about } : { kind: 'made', object };
}
