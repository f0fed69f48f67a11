import type { Settings } from '../config/settings.ts';
import type { Database } from '../database/database.ts';
import type { Gateway } from '../gateways/gateway.ts';

/** What a check found. */
export interface Finding {
  status: 'pass' | 'warn' | 'fail';
  /** What was looked at, stable and short: `database.tls`. */
  name: string;
  /** What was found. */
  detail: string;
  /** What to do about it; `null` where nothing is to be done. */
  remedy: string | null;
}

/** What the checks look at. */
export interface Patient {
  settings: Settings;
  db: Database;
  databaseUrl: string;
  gateways: ReadonlyMap<string, Gateway>;
  /** The folder in which Tender is started. */
  directory: string;
}

/** Looks at one thing. It may throw: then what it looked at could not be seen, which is a failure. */
export interface Check {
  /** The name of the finding where the check throws. */
  name: string;
  /** Whether there is nothing to look at while the database cannot be reached. */
  asksDatabase?: boolean;
  run: (patient: Patient) => Promise<Finding[]> | Finding[];
}

export function pass(name: string, detail: string): Finding {
  return { status: 'pass', name, detail, remedy: null };
}

export function warn(name: string, detail: string, remedy: string): Finding {
  return { status: 'warn', name, detail, remedy };
}

export function fail(name: string, detail: string, remedy: string): Finding {
  return { status: 'fail', name, detail, remedy };
}
