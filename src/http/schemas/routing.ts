import { z } from 'zod';
import { ROUTED_BY } from '../../domain/payment-routing.ts';
import { PASSED_OVER, ROUTING_STRATEGIES } from '../../domain/routing.ts';
import { answerAmount } from './fields.ts';

/** The gateways of a decision: those to use in their order, then those that were passed over. */
export const consideredGateways = z.array(
  z.object({
    gateway: z.string(),
    rank: z.int().nullable().describe('1 for the one to use; null for one that was passed over.'),
    expected_fee: answerAmount.nullable().describe('Minor units; null where no terms are known.'),
    passed_over: z.object({ reason: z.enum(PASSED_OVER), detail: z.string() }).nullable(),
  }),
);

/** Which way a payment went, and why. */
export const paymentRouting = z
  .object({
    decided_by: z
      .enum(ROUTED_BY)
      .describe('The request, the gateway that made what is paid with, or the routing policy.'),
    strategy: z.enum(ROUTING_STRATEGIES).nullable(),
    rule: z.string().nullable().describe('The rule that fitted; null for the default.'),
    policy_version: z.int().nullable().describe('0 before there was a policy.'),
    considered: consideredGateways,
  })
  .nullable()
  .describe('Why the payment goes to its gateway; null where that was not written down.');
