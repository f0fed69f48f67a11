import type { z } from 'zod';
import type { Work } from './account.ts';
import { changeDispute, endDispute, enterState, findAnswerable, findDispute } from './disputes.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import { emitDispute } from './events.ts';
import { takePage } from './lists.ts';
import type { Evidence } from './model.ts';
import { choice, key, object, text, words } from './parameters.ts';
import { presentDispute, presentEvidence } from './present.ts';

const TYPES = [
  'GENERIC_EVIDENCE',
  'ONLINE_OR_APP_ACCESS_LOG',
  'AUTHORIZATION_DOCUMENTATION',
  'CANCELLATION_OR_REFUND_DOCUMENTATION',
  'CARDHOLDER_COMMUNICATION',
  'CARDHOLDER_INFORMATION',
  'PURCHASE_ACKNOWLEDGEMENT',
  'DUPLICATE_CHARGE_DOCUMENTATION',
  'PRODUCT_OR_SERVICE_DESCRIPTION',
  'RECEIPT',
  'SERVICE_RECEIVED_DOCUMENTATION',
  'PROOF_OF_DELIVERY_DOCUMENTATION',
  'RELATED_TRANSACTION_DOCUMENTATION',
  'REBUTTAL_EXPLANATION',
  'TRACKING_NUMBER',
] as const;

export const createEvidenceParameters = object({
  idempotency_key: key(),
  evidence_text: text(500),
  evidence_type: choice(TYPES).optional(),
});

export const listEvidenceParameters = object({ cursor: words(500).optional() });

/** How much evidence a dispute may have, and a page of it. */
const MOST = 100;

/** What the text of the latest evidence makes of the dispute, as file names do in Square's sandbox. */
const OUTCOMES = { evidence_won: 'WON', evidence_lost: 'LOST' } as const;

/** `POST /v2/disputes/{dispute_id}/evidence-text` */
export function createEvidence(
  work: Work,
  parameters: z.output<typeof createEvidenceParameters>,
  [id = '']: readonly string[],
): Result<object> {
  const found = findAnswerable(work, id);
  if (!found.ok) return found;
  const { account } = work;
  const dispute = found.value;
  if (dispute.evidence.length >= MOST) {
    return refuse('BAD_REQUEST', `A dispute takes ${MOST} pieces of evidence at most.`);
  }
  const evidence: Evidence = {
    id: account.newId('', 22),
    disputeId: id,
    type: parameters.evidence_type ?? 'GENERIC_EVIDENCE',
    text: parameters.evidence_text,
    uploadedMs: account.clock.nowMs(),
  };
  dispute.evidence.push(evidence);
  changeDispute(account, dispute);
  emitDispute(work, 'dispute.evidence.created', dispute);
  return succeed({ evidence: presentEvidence(evidence) });
}

/** `GET /v2/disputes/{dispute_id}/evidence` */
export function listEvidence(
  work: Work,
  parameters: z.output<typeof listEvidenceParameters>,
  [id = '']: readonly string[],
): Result<object> {
  const found = findDispute(work, id);
  if (!found.ok) return found;
  const paging = { limit: MOST, cursor: parameters.cursor, query: { id } };
  const page = takePage(found.value.evidence, paging);
  if (!page.ok) return page;
  const { items, ...rest } = page.value;
  return succeed(items.length === 0 ? {} : { evidence: items.map(presentEvidence), ...rest });
}

/** `GET /v2/disputes/{dispute_id}/evidence/{evidence_id}` */
export function retrieveEvidence(
  work: Work,
  _: object,
  [id = '', evidenceId = '']: readonly string[],
): Result<object> {
  const found = findDispute(work, id);
  if (!found.ok) return found;
  const evidence = found.value.evidence.find((one) => one.id === evidenceId);
  if (evidence === undefined) return notFound('Evidence', evidenceId, 'evidence_id');
  return succeed({ evidence: presentEvidence(evidence) });
}

/** `DELETE /v2/disputes/{dispute_id}/evidence/{evidence_id}` */
export function deleteEvidence(
  work: Work,
  _: object,
  [id = '', evidenceId = '']: readonly string[],
): Result<object> {
  const found = findAnswerable(work, id);
  if (!found.ok) return found;
  const dispute = found.value;
  const position = dispute.evidence.findIndex((one) => one.id === evidenceId);
  if (position === -1) return notFound('Evidence', evidenceId, 'evidence_id');
  dispute.evidence.splice(position, 1);
  changeDispute(work.account, dispute);
  emitDispute(work, 'dispute.evidence.deleted', dispute);
  return succeed({});
}

/** `POST /v2/disputes/{dispute_id}/submit-evidence`: the issuer decides from here on. */
export function submitEvidence(
  work: Work,
  _: object,
  [id = '']: readonly string[],
): Result<object> {
  const found = findAnswerable(work, id);
  if (!found.ok) return found;
  const dispute = found.value;
  const latest = dispute.evidence.at(-1);
  if (latest === undefined) return refuse('BAD_REQUEST', 'There is no evidence to submit.');
  enterState(work, dispute, 'PROCESSING');
  const answered = presentDispute(dispute);
  const outcome = Object.entries(OUTCOMES).find(([text]) => text === latest.text);
  if (outcome !== undefined) endDispute(work, dispute, outcome[1]);
  return succeed({ dispute: answered });
}
