import { z } from 'zod';
import { compareDecimals, parseDecimal } from '../../../domain/decimal.ts';
import { ROUTING_STRATEGIES } from '../../../domain/routing.ts';
import {
  amountField,
  currencyField,
  decimalField,
  knownCurrencyField,
  methodTypeField,
  timestamp,
} from '../fields.ts';
import { consideredGateways } from '../routing.ts';
import { changedBy } from './gateway.ts';

const MAX_RULES = 100;

const gatewayName = z.string().min(1).max(40);

/** Kept as the exact decimal that was sent. */
const majorUnits = decimalField(
  'Send a decimal number of major units that is not negative, such as 99.50.',
)
  .nullable()
  .default(null);

const preferenceFields = {
  strategy: z
    .enum(ROUTING_STRATEGIES)
    .describe('The first in the list, a lot by weights, or the lowest expected fee.'),
  gateways: z
    .array(gatewayName)
    .max(20)
    .refine((names) => new Set(names).size === names.length, 'Name each gateway once.')
    .default([])
    .describe('The preferred one first; others are not used. Empty: all, as they are configured.'),
  weights: z
    .record(gatewayName, z.int().min(0).max(1_000_000))
    .default({})
    .describe('For weighted: the share of each gateway; one that is not named has none.'),
};

interface Weighed {
  strategy: (typeof ROUTING_STRATEGIES)[number];
  weights: Record<string, number>;
}

function hasWeights({ strategy, weights }: Weighed): boolean {
  return strategy !== 'weighted' || Object.values(weights).some((weight) => weight > 0);
}
const WITHOUT_WEIGHTS = {
  path: ['weights'],
  message: 'weighted needs at least one gateway with a weight above 0.',
};

const rule = z
  .strictObject({
    name: z.string().trim().min(1).max(100).describe('What it is called in the payments.'),
    ...preferenceFields,
    currencies: z.array(knownCurrencyField).max(200).default([]).describe('Empty for all.'),
    min_amount: majorUnits.describe("Included, in major units of the payment's currency."),
    max_amount: majorUnits.describe("Included, in major units of the payment's currency."),
    methods: z
      .array(methodTypeField)
      .max(50)
      .default([])
      .describe('Kinds of payment methods; empty for all, also where the kind is not known.'),
  })
  .refine(hasWeights, WITHOUT_WEIGHTS)
  .refine(
    ({ min_amount: min, max_amount: max }) => {
      const [low, high] = [parseDecimal(min ?? '0'), parseDecimal(max ?? '999999999')];
      return low === null || high === null || compareDecimals(low, high) <= 0;
    },
    { path: ['max_amount'], message: 'It is less than min_amount: the rule would never fit.' },
  );

/** The whole policy; a PUT replaces it. */
export const routingPolicyBody = z.strictObject({
  default: z.strictObject(preferenceFields).refine(hasWeights, WITHOUT_WEIGHTS),
  rules: z
    .array(rule)
    .max(MAX_RULES)
    .refine((rules) => new Set(rules.map(({ name }) => name)).size === rules.length, {
      message: 'Give each rule a name of its own.',
    })
    .default([])
    .describe('The first that fits a payment decides; otherwise the default.'),
});

export const simulateBody = z.strictObject({
  amount: amountField,
  currency: currencyField,
  gateway: gatewayName.optional(),
  payment_method_type: methodTypeField.optional(),
  save_payment_method: z.boolean().default(false),
  lot: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('What the payment draws under weighted: from 0 up to 1.'),
  policy: routingPolicyBody.optional().describe('Try this one instead of the one in force.'),
});

const preferenceAnswer = {
  strategy: z.enum(ROUTING_STRATEGIES),
  gateways: z.array(z.string()),
  weights: z.record(z.string(), z.int()),
};

export const routingPolicyAnswer = z.object({
  object: z.literal('routing_policy'),
  version: z.int().describe('0 where none was ever set.'),
  in_force_from: timestamp.nullable(),
  changed_by: changedBy.nullable(),
  default: z.object(preferenceAnswer),
  rules: z.array(
    z.object({
      name: z.string(),
      ...preferenceAnswer,
      currencies: z.array(z.string()),
      min_amount: z.string().nullable(),
      max_amount: z.string().nullable(),
      methods: z.array(z.string()),
    }),
  ),
});

export const simulationAnswer = z.object({
  object: z.literal('routing_simulation'),
  gateway: z
    .string()
    .nullable()
    .describe('Where the payment would go; null where nobody takes it.'),
  refusal: z
    .object({ code: z.string(), detail: z.string() })
    .nullable()
    .describe('What the caller would be told where nobody takes it.'),
  decided_by: z.string().nullable(),
  strategy: z.string().nullable(),
  rule: z.string().nullable(),
  policy_version: z.int().nullable().describe('null for a policy that is only tried.'),
  considered: consideredGateways,
});
