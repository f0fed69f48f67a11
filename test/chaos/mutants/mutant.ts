import type { FaultKind } from '../faults/draw.ts';

/** One text of the source that is exchanged for another when a test build is made; it has to be there exactly once. */
export interface Patch {
  /** From the checkout on. */
  file: string;
  find: string;
  replace: string;
}

/** A fault that somebody might have programmed, and what should bring it to light. */
export interface Mutant {
  name: string;
  patches: readonly [Patch, ...Patch[]];
  /** The trouble in which it does harm. */
  faults: readonly [FaultKind, ...FaultKind[]];
  /** The story that meets it; without it any does. */
  story?: string;
}
