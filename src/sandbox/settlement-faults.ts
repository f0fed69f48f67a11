import { z } from 'zod';

const seconds = z
  .int()
  .min(1)
  .max(90 * 86_400);
/** Minor units to add, or to take off. */
const by = z.int().refine((amount) => amount !== 0, 'must not be 0');

/**
 * What is wrong with what the gateway's settlement records say of one movement of money; what the payment itself says
 * stays right. It holds until the rule is removed.
 */
export const settlementFault = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('missing') }),
  z.strictObject({ kind: z.literal('doubled') }),
  z.strictObject({ kind: z.literal('late'), seconds }),
  z.strictObject({ kind: z.literal('amount'), by }),
  z.strictObject({ kind: z.literal('fee'), by }),
  z.strictObject({ kind: z.literal('currency'), currency: z.string().regex(/^[A-Za-z]{3}$/) }),
]);

export type SettlementFault = z.output<typeof settlementFault>;

/** What a settlement record says that a fault can change; `created` is in seconds, amounts are minor units. */
export type SettlementLine = {
  readonly id: string;
  readonly created: number;
  readonly amount: bigint;
  readonly fee: bigint;
  readonly currency: string;
};

/**
 * The lines as the gateway tells them: with their faults, in the order of `created`, and without those that are not
 * told yet.
 */
export function tellLines<T extends SettlementLine>(
  lines: readonly T[],
  {
    faultOf,
    nowSeconds,
  }: { faultOf: (line: T) => SettlementFault | undefined; nowSeconds: number },
): T[] {
  const told = lines.flatMap((line) => tell(line, faultOf(line)));
  const isLate = told.some((line, at) => line.created < (told[at - 1]?.created ?? 0));
  const known = told.filter((line) => line.created <= nowSeconds);
  return isLate ? known.sort((one, other) => one.created - other.created) : known;
}

function tell<T extends SettlementLine>(line: T, fault: SettlementFault | undefined): T[] {
  switch (fault?.kind) {
    case undefined:
      return [line];
    case 'missing':
      return [];
    case 'doubled':
      return [line, { ...line, id: copyIdOf(line.id) }];
    case 'late':
      return [{ ...line, created: line.created + fault.seconds }];
    case 'amount':
      return [{ ...line, amount: line.amount + BigInt(fault.by) }];
    case 'fee':
      return [{ ...line, fee: line.fee + BigInt(fault.by) }];
    case 'currency':
      return [{ ...line, currency: fault.currency }];
  }
}

/** An id of the same length and alphabet that no other record has. */
function copyIdOf(id: string): string {
  return `${id.slice(0, -6)}COPY${id.slice(-2)}`;
}
