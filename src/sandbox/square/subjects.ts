import type { Work } from './account.ts';
import { newCard } from './cards.ts';
import { newCustomer } from './customers.ts';
import { newDispute } from './disputes.ts';
import {
  cardSubject,
  customerSubject,
  disputeSubject,
  paymentSubject,
  refundSubject,
} from './events.ts';
import type { EventSubject, EventType } from './events.ts';
import type {
  Dispute,
  DisputeState,
  Location,
  Payment,
  RefundStatus,
  StoredCard,
} from './model.ts';
import { newPayment } from './payments.ts';
import { newRefund } from './refunds.ts';
import { cardOfSource } from './test-sources.ts';
import type { SourceCard } from './test-sources.ts';

/** What an event is about at this moment. */
type Subject = (work: Work) => EventSubject;

/**
 * What each type of event is about: the newest object of its kind, or one made up where there is
 * none. A made-up object is not part of the account, so that no money is made up with it.
 */
const SUBJECTS: Record<EventType, Subject> = {
  'payment.created': aboutPayment,
  'payment.updated': aboutPayment,
  'refund.created': (work) => aboutRefund(work, 'PENDING'),
  'refund.updated': (work) => aboutRefund(work, 'COMPLETED'),
  'dispute.created': aboutDispute,
  'dispute.state.updated': aboutEndedDispute,
  'dispute.state.changed': aboutEndedDispute,
  'dispute.evidence.created': aboutDispute,
  'dispute.evidence.added': aboutDispute,
  'dispute.evidence.deleted': aboutDispute,
  'dispute.evidence.removed': aboutDispute,
  'card.created': aboutCard,
  'card.updated': aboutCard,
  'card.automatically_updated': aboutCard,
  'card.disabled': (work) => cardSubject(work.account, { ...newestCard(work), isEnabled: false }),
  'card.forgotten': aboutForgottenCard,
  'customer.created': aboutCustomer,
  'customer.updated': aboutCustomer,
  'customer.deleted': aboutCustomer,
};

/** Every type of event that can be asked for. */
export function eventTypes(): EventType[] {
  return Object.keys(SUBJECTS) as EventType[];
}

/** What an event of this type is about now. */
export function subjectOf(work: Work, type: EventType): EventSubject {
  return SUBJECTS[type](work);
}

function aboutPayment(work: Work): EventSubject {
  return paymentSubject(work.account, newestPayment(work));
}

function aboutRefund(work: Work, status: RefundStatus): EventSubject {
  const newest = work.account.refunds.all().at(-1);
  if (newest !== undefined) return refundSubject(newest);
  const payment = newestPayment(work);
  const refund = newRefund(work.account, payment, payment.amount, 'Made up');
  return refundSubject({ ...refund, status });
}

function aboutDispute(work: Work): EventSubject {
  return disputeSubject(newestDispute(work, 'EVIDENCE_REQUIRED'));
}

function aboutEndedDispute(work: Work): EventSubject {
  return disputeSubject(newestDispute(work, 'WON'));
}

function aboutCard(work: Work): EventSubject {
  return cardSubject(work.account, newestCard(work));
}

/** Of a card that was forgotten only its place in the account is left. */
function aboutForgottenCard(work: Work): EventSubject {
  const { id, customerId, referenceId, version } = newestCard(work);
  const reference = referenceId === null ? {} : { reference_id: referenceId };
  const { merchantId } = work.account;
  return {
    kind: 'card',
    id,
    shown: {
      id,
      customer_id: customerId,
      merchant_id: merchantId,
      enabled: false,
      ...reference,
      version,
    },
  };
}

function aboutCustomer(work: Work): EventSubject {
  const { account } = work;
  const newest = [...account.customers.values()].at(-1);
  return customerSubject(newest ?? newCustomer(account, { given_name: 'Ada' }, null));
}

/** The newest dispute, or one made up that is in `state`. */
function newestDispute(work: Work, state: DisputeState): Dispute {
  const newest = work.account.disputes.all().at(-1);
  if (newest !== undefined) return newest;
  const payment = newestPayment(work);
  return { ...newDispute(work.account, payment, payment.amount, 'NO_KNOWLEDGE'), state };
}

function newestCard(work: Work): StoredCard {
  const { account } = work;
  const newest = account.cards.all().at(-1);
  if (newest !== undefined) return newest;
  return newCard(account, {
    card: plainCard(),
    customerId: account.newId('', 26).toUpperCase(),
    cardholderName: null,
    billingAddress: null,
    referenceId: null,
  });
}

function newestPayment(work: Work): Payment {
  const { account } = work;
  const newest = account.payments.all().at(-1);
  if (newest !== undefined) return newest;
  const payment = newPayment(account, {
    location: mainLocation(work),
    amount: 2_000n,
    card: plainCard(),
    cardId: null,
    errors: [],
    delayDuration: 'PT168H',
    delayMs: 7 * 86_400_000,
    delayAction: 'CANCEL',
    customerId: null,
    referenceId: null,
    note: null,
    statementDescription: null,
    buyerEmail: null,
    billingAddress: null,
    shippingAddress: null,
  });
  return { ...payment, status: 'COMPLETED', capturedMs: payment.createdMs };
}

function mainLocation(work: Work): Location {
  const [main] = work.account.locations;
  if (main === undefined) throw new Error('The account has no location.');
  return main;
}

function plainCard(): SourceCard {
  const card = cardOfSource('cnon:card-nonce-ok');
  if (card === undefined) throw new Error('There is no plain test card.');
  return card;
}
