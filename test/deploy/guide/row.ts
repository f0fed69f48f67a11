import type { Place } from './place.ts';

/**
 * How a command of the deployment guide is run: as it stands there, as docs/guide.md puts it, or not at all for want of
 * what it needs, in which case something else is looked at in its place.
 */
export type How = 'as printed' | 'carried over' | 'not runnable here';

/** A command of the deployment guide, or a file that it prints. */
export interface Row {
  /** What is typed here, on one line; for a file its name. */
  command: string;
  how: How;
  /** Why it is not as printed. */
  why?: string;
  /** Stands in docs/guide.md alone. */
  added?: true;
  /** Runs it, or what is looked at in its place; tells in a few words what came of it, and throws where it does not work. */
  check: (place: Place) => Promise<string>;
}

/** What stands between two fences of the guide, under this section. */
export interface Block {
  section: string;
  rows: Row[];
}
