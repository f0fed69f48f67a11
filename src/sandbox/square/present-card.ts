import type { Payment } from './model.ts';

const STATUS = {
  APPROVED: 'AUTHORIZED',
  COMPLETED: 'CAPTURED',
  CANCELED: 'VOIDED',
  FAILED: 'FAILED',
} as const;

/** How the card of a payment looks, with what became of the charge. */
export function presentCardDetails(payment: Payment): object {
  const { card, status, errors, capturedMs, voidedMs } = payment;
  const timeline = {
    authorized_at: new Date(payment.createdMs).toISOString(),
    ...(capturedMs === null ? {} : { captured_at: new Date(capturedMs).toISOString() }),
    ...(voidedMs === null ? {} : { voided_at: new Date(voidedMs).toISOString() }),
  };
  const codes = errors.map((error) => error.code);
  return {
    status: STATUS[status],
    card: {
      card_brand: card.brand,
      last_4: card.last4,
      exp_month: card.expMonth,
      exp_year: card.expYear,
      fingerprint: card.fingerprint,
      card_type: card.type,
      prepaid_type: 'NOT_PREPAID',
      bin: card.bin,
      ...(payment.cardId === null ? {} : { id: payment.cardId }),
    },
    entry_method: payment.cardId === null ? 'KEYED' : 'ON_FILE',
    cvv_status: codes.includes('CVV_FAILURE') ? 'CVV_REJECTED' : 'CVV_ACCEPTED',
    avs_status: codes.includes('ADDRESS_VERIFICATION_FAILURE') ? 'AVS_REJECTED' : 'AVS_ACCEPTED',
    statement_description: describeOnStatement(payment),
    card_payment_timeline: timeline,
    ...(status === 'FAILED' ? { errors } : { auth_result_code: payment.authResult }),
  };
}

/** What the buyer reads on the statement; 50 characters at most. */
function describeOnStatement({ statementDescription }: Payment): string {
  const shop = 'SQ *SANDBOX SHOP';
  return statementDescription === null ? shop : `${shop} ${statementDescription}`;
}
