import type { ValueOf, VariableGroup, VariableTable } from './variable.ts';
import { application } from './variables/application.ts';
import { database } from './variables/database.ts';
import { door } from './variables/door.ts';
import { gateways } from './variables/gateways.ts';
import { monitoring } from './variables/monitoring.ts';
import { paypal } from './variables/paypal.ts';
import { payments } from './variables/payments.ts';
import { reconciliation } from './variables/reconciliation.ts';
import { redis } from './variables/redis.ts';
import { square } from './variables/square.ts';
import { stripe } from './variables/stripe.ts';
import { tracing } from './variables/tracing.ts';
import { webhooks } from './variables/webhooks.ts';

/** Every group of variables, in the order in which an operator meets them. */
export const VARIABLE_GROUPS = [
  application,
  door,
  database,
  redis,
  webhooks,
  gateways,
  stripe,
  square,
  paypal,
  payments,
  reconciliation,
  monitoring,
  tracing,
] as const satisfies VariableGroup[];

/** Every variable that Tender reads, by its name. */
export const VARIABLES = {
  ...application.variables,
  ...door.variables,
  ...database.variables,
  ...redis.variables,
  ...webhooks.variables,
  ...gateways.variables,
  ...stripe.variables,
  ...square.variables,
  ...paypal.variables,
  ...payments.variables,
  ...reconciliation.variables,
  ...monitoring.variables,
  ...tracing.variables,
} as const satisfies VariableTable;

export type VariableName = keyof typeof VARIABLES;
export const VARIABLE_NAMES = Object.keys(VARIABLES) as VariableName[];

/** What the variables say once all of them have been read. */
export type Values = { readonly [N in VariableName]: ValueOf<(typeof VARIABLES)[N]> };
