import type { Work } from './account.ts';
import { emitCard } from './events.ts';
import type { StoredCard } from './model.ts';

/** Takes a card off file: it stays to be seen, and cannot be charged any more. */
export function disableCard(work: Work, card: StoredCard): void {
  card.isEnabled = false;
  card.version += 1;
  emitCard(work, 'card.disabled', card);
}
