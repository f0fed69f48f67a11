import { INBOX_MUTANTS } from './inbox.ts';
import { MONEY_MUTANTS } from './money.ts';
import type { Mutant } from './mutant.ts';
import { STATE_MUTANTS } from './state.ts';

/** Every fault that is planted to see whether it is found. */
export const MUTANTS: readonly Mutant[] = [...MONEY_MUTANTS, ...STATE_MUTANTS, ...INBOX_MUTANTS];
