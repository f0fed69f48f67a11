import type { Work } from './account.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { cardOfSource, FAILED_VERIFICATION, USED_NONCE } from './test-sources.ts';
import type { SourceCard } from './test-sources.ts';

/** What a payment is charged to: the card, and its id when it is on file. */
export type Source = { card: SourceCard; cardId: string | null };

/** Kinds of source that Square has and this sandbox does not. */
const UNSUPPORTED = /^(bnon:|bauth:|wnon:|CASH$|EXTERNAL$)/;

/** Finds what a `source_id` stands for; a card on file belongs to a customer who has to be named. */
export function findSource(
  work: Work,
  sourceId: string,
  customerId: string | undefined,
): Result<Source> {
  if (sourceId === USED_NONCE) {
    return refuse('CARD_TOKEN_USED', 'Card nonce already used; please request new nonce.', {
      field: 'source_id',
    });
  }
  const stored = work.account.cards.get(sourceId);
  if (stored !== undefined) {
    if (customerId === undefined) {
      return refuse('MISSING_REQUIRED_PARAMETER', 'A card on file needs its customer.', {
        field: 'customer_id',
      });
    }
    if (stored.customerId !== customerId) return notFound('Card', sourceId, 'source_id');
    if (stored.isEnabled) return succeed({ card: stored.card, cardId: sourceId });
    return refuse('INVALID_CARD', 'The card on file is disabled.', { field: 'source_id' });
  }
  const card = cardOfSource(sourceId);
  if (card !== undefined) {
    return succeed({ card, cardId: sourceId.startsWith('ccof:') ? sourceId : null });
  }
  return refuseSource(sourceId);
}

/** Whether a verification token tells of a buyer who passed. */
export function isVerification(token: string): boolean {
  return token.length > 'verf:'.length && token !== FAILED_VERIFICATION;
}

function refuseSource(sourceId: string) {
  if (sourceId.startsWith('cnon:')) {
    return refuse('NOT_FOUND', 'Card nonce not found', { status: 404, field: 'source_id' });
  }
  if (sourceId.startsWith('ccof:')) return notFound('Card', sourceId, 'source_id');
  if (UNSUPPORTED.test(sourceId)) {
    return refuse('SANDBOX_NOT_SUPPORTED', 'This kind of source is not supported here.', {
      field: 'source_id',
    });
  }
  return refuse('INVALID_VALUE', `Invalid source \`${sourceId}\``, { field: 'source_id' });
}
