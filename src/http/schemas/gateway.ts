import { z } from 'zod';

export const gatewayAnswer = z.object({
  name: z.string(),
  object: z.literal('gateway'),
  display_name: z.string().nullable().describe('What operators call it for customers.'),
  enabled: z
    .boolean()
    .describe(
      'Whether it takes new payments: it is configured, and no operator has switched it off.',
    ),
  currencies: z.array(z.string()).describe('ISO 4217 codes in which payments are taken there.'),
  publishable_key: z.string().nullable(),
  checkout_keys: z
    .record(z.string(), z.string())
    .describe("What a checkout page gives to the gateway's own script. All of it is public."),
  capabilities: z
    .object({
      partial_capture: z.boolean(),
      partial_refund: z.boolean(),
      saved_methods: z.boolean(),
      redirect: z.boolean(),
    })
    .nullable(),
});

export const gatewayListAnswer = z.object({
  object: z.literal('list'),
  data: z.array(gatewayAnswer),
});
