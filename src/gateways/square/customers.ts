import { z } from 'zod';
import type { Gateway, GatewayOutcome } from '../gateway.ts';
import { failedOutcome } from '../json-answer.ts';
import type { Answer, Api } from './api.ts';
import { readSavedCard, within } from './mapping.ts';

type Customers = Pick<Gateway, 'createCustomer' | 'deleteCustomer' | 'saveMethod' | 'detachMethod'>;

const Named = z.object({ id: z.string().min(1).max(191) });

/** Customers at Square, and the cards that it keeps for them. */
export function createCustomers(api: Api): Customers {
  return {
    async createCustomer({ customerId, email, name }, call) {
      const body = {
        idempotency_key: call.idempotencyKey,
        reference_id: customerId,
        ...(email === null ? {} : { email_address: email }),
        ...(name === null ? {} : { given_name: name }),
        // Square makes no customer who has neither a name nor an address.
        ...(email === null && name === null ? { company_name: customerId } : {}),
      };
      const reader = within('customer', (json) => Named.parse(json));
      const answer = await api.send('POST', '/v2/customers', body, reader, call);
      if (answer.kind !== 'answered') return failedOutcome(answer);
      return { kind: 'succeeded', report: { gatewayCustomerId: answer.value.id } };
    },

    async deleteCustomer(id, call) {
      const path = `/v2/customers/${encodeURIComponent(id)}`;
      return gone(await api.send('DELETE', path, null, () => null, call));
    },

    async saveMethod({ customerId, gatewayCustomerId, paymentMethod }, call) {
      const [sourceId, verificationToken] = paymentMethod.split('|', 2);
      const body = {
        idempotency_key: call.idempotencyKey,
        source_id: sourceId,
        ...(verificationToken ? { verification_token: verificationToken } : {}),
        card: { customer_id: gatewayCustomerId, reference_id: customerId },
      };
      const reader = within('card', readSavedCard);
      const answer = await api.send('POST', '/v2/cards', body, reader, call);
      if (answer.kind !== 'answered') return failedOutcome(answer);
      return { kind: 'succeeded', report: answer.value };
    },

    async detachMethod({ gatewayMethodId }, call) {
      const path = `/v2/cards/${encodeURIComponent(gatewayMethodId)}/disable`;
      return gone(await api.send('POST', path, null, () => null, call));
    },
  };
}

/** Whatever is not there any more need not be taken away. */
function gone(answer: Answer<null>): GatewayOutcome<null> {
  const isGone = answer.kind === 'refused' && answer.error.httpStatus === 404;
  return answer.kind === 'answered' || isGone
    ? { kind: 'succeeded', report: null }
    : failedOutcome(answer);
}
