import type { z } from 'zod';
import { stamp } from './account.ts';
import type { Account, Work } from './account.ts';
import { disableCard } from './card-changes.ts';
import { findCustomer } from './customers.ts';
import { notFound, refuse, squareError, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { emitCard } from './events.ts';
import { sifted, takePage } from './lists.ts';
import type { StoredCard } from './model.ts';
import {
  address,
  choice,
  integer,
  key,
  object,
  readOnly,
  switched,
  text,
  unsupported,
  words,
} from './parameters.ts';
import { presentCard } from './present.ts';
import { findSource, isVerification } from './sources.ts';
import type { SourceCard } from './test-sources.ts';

/** Source: https://developer.squareup.com/reference/square/cards-api/create-card */
export const createCardParameters = object({
  idempotency_key: key(),
  source_id: text(16_384),
  verification_token: words(4_096).optional(),
  card: object({
    customer_id: words(191),
    billing_address: address().optional(),
    cardholder_name: words(96).nullable().optional(),
    exp_month: integer(1).nullable().optional(),
    exp_year: integer(1).nullable().optional(),
    reference_id: words(128).nullable().optional(),
    version: unsupported(),
    bin: readOnly(),
    enabled: readOnly(),
    id: readOnly(),
    last_4: readOnly(),
  }),
});

/** Source: https://developer.squareup.com/reference/square/cards-api/list-cards */
export const listCardsParameters = object({
  cursor: words(500).optional(),
  customer_id: words(191).optional(),
  include_disabled: switched().optional(),
  reference_id: words(128).optional(),
  sort_order: choice(['ASC', 'DESC']).optional(),
});

/** "A max of 25 cards will be returned." */
const PAGE = 25;

/** A payment can be put on file for a day. */
const SOURCE_MS = 86_400_000;

/** `POST /v2/cards`: puts a card on file, from a nonce or from a payment that was made with it. */
export function createCard(
  work: Work,
  parameters: z.output<typeof createCardParameters>,
): Result<object> {
  const { card: details, source_id: sourceId, verification_token: token } = parameters;
  if (!work.account.customers.has(details.customer_id)) {
    return refuse('CUSTOMER_NOT_FOUND', 'The customer is not found.', {
      status: 404,
      field: 'card.customer_id',
    });
  }
  const source = findStorable(work, sourceId);
  if (!source.ok) return source;
  const { storeDecline, needsVerification } = source.value;
  if (storeDecline !== null) {
    const errors = storeDecline.codes.map((code) => squareError(code, `Card refused: '${code}'`));
    return { ok: false, refusal: { status: storeDecline.status, errors } };
  }
  if (needsVerification && !isVerification(token ?? '')) {
    return refuse('CARD_DECLINED_VERIFICATION_REQUIRED', 'The buyer has to be verified.', {
      status: 402,
    });
  }
  const stored = newCard(work.account, {
    card: source.value.onFile ?? { ...source.value, needsVerification: false },
    customerId: details.customer_id,
    cardholderName: details.cardholder_name ?? null,
    billingAddress: details.billing_address ?? null,
    referenceId: details.reference_id ?? null,
  });
  work.account.cards.add(stored);
  const payment = work.account.payments.get(sourceId);
  if (payment !== undefined) payment.isCardStored = true;
  emitCard(work, 'card.created', stored);
  return answerCard(work, stored);
}

/** Makes a card on file; it is not yet part of the account. */
export function newCard(
  account: Account,
  terms: Pick<
    StoredCard,
    'card' | 'customerId' | 'cardholderName' | 'billingAddress' | 'referenceId'
  >,
): StoredCard {
  return { ...stamp(account, account.newId('ccof:', 19)), ...terms, isEnabled: true, version: 1 };
}

/** `GET /v2/cards/{card_id}` */
export function retrieveCard(work: Work, _: object, [id = '']: readonly string[]): Result<object> {
  const card = work.account.cards.get(id);
  return card === undefined ? notFound('Card', id, 'card_id') : answerCard(work, card);
}

/** `POST /v2/cards/{card_id}/disable`; a card that is disabled stays so. */
export function disableStoredCard(
  work: Work,
  _: object,
  [id = '']: readonly string[],
): Result<object> {
  const card = work.account.cards.get(id);
  if (card === undefined) return notFound('Card', id, 'card_id');
  if (card.isEnabled) disableCard(work, card);
  return answerCard(work, card);
}

/** `GET /v2/cards` */
export function listCards(
  work: Work,
  parameters: z.output<typeof listCardsParameters>,
): Result<object> {
  const { cursor, ...query } = parameters;
  const { customer_id: customerId, reference_id: referenceId, include_disabled: all } = query;
  if (customerId !== undefined) {
    const customer = findCustomer(work, customerId);
    if (!customer.ok) return customer;
  }
  const found = sifted(
    work.account.cards.all(),
    query.sort_order ?? 'ASC',
    (card) =>
      (customerId === undefined || card.customerId === customerId) &&
      (referenceId === undefined || card.referenceId === referenceId) &&
      (all === true || card.isEnabled),
  );
  const page = takePage(found, { limit: PAGE, cursor, query });
  if (!page.ok) return page;
  const { items, ...rest } = page.value;
  const cards = items.map((card) => presentCard(card, work.account.merchantId));
  return succeed(cards.length === 0 ? {} : { cards, ...rest });
}

function answerCard(work: Work, card: StoredCard): Result<object> {
  return succeed({ card: presentCard(card, work.account.merchantId) });
}

/** The card behind a nonce, or behind a payment that was made with one. */
function findStorable(work: Work, sourceId: string): Result<SourceCard> {
  const { account } = work;
  const payment = account.payments.get(sourceId);
  if (payment === undefined) {
    const source = findSource(work, sourceId, undefined);
    if (!source.ok) return source;
    if (source.value.cardId === null) return succeed(source.value.card);
    return refuse('INVALID_CARD_DATA', 'The card is on file already.', { field: 'source_id' });
  }
  if (payment.status === 'FAILED' || payment.status === 'CANCELED') {
    return refuse('INVALID_CARD_DATA', 'The payment did not go through.', { field: 'source_id' });
  }
  if (payment.isCardStored || payment.cardId !== null) {
    return refuse('SOURCE_USED', 'The source was already used to create a card.', {
      field: 'source_id',
    });
  }
  if (account.clock.nowMs() - payment.createdMs > SOURCE_MS) {
    return refuse('SOURCE_EXPIRED', 'The source has expired.', { field: 'source_id' });
  }
  return succeed(payment.card);
}
