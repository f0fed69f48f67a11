import type { Payment } from '../domain/payment.ts';
import type { IdempotentRequest } from './idempotent-request.ts';
import type { PaymentResult } from './result.ts';

/** A request that Tender makes of itself: once for each version of the payment, whoever of the workers makes it. */
export function ownRequest(
  purpose: 'complete' | 'expire',
  { id, version }: Payment,
  requestId: string,
): IdempotentRequest<PaymentResult> {
  return {
    key: {
      scope: `tender/${purpose}`,
      key: `${id}/${version}`,
      fingerprint: Buffer.alloc(32),
    },
    requestId,
    render: () => ({ status: 200, contentType: 'text/plain', body: '' }),
  };
}
