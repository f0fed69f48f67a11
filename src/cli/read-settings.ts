import { EXIT_CONFIGURATION } from '../config/exit-codes.ts';
import { loadSettings } from '../config/load.ts';
import { renderProblems, renderWarnings } from '../config/report.ts';
import type { Settings } from '../config/settings.ts';
import type { Command } from '../config/variable.ts';
import { Exit } from './exit.ts';

/**
 * Reads the settings that a command uses, or ends it with all that is wrong with them.
 *
 * @param env the environment; the process's own unless something is laid over it
 */
export function readSettings(
  command: Command,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Settings {
  const loaded = loadSettings({ env, cwd: process.cwd(), command });
  process.stderr.write(renderWarnings(loaded.warnings));
  if (!loaded.ok) throw new Exit(EXIT_CONFIGURATION, renderProblems(loaded.problems));
  return loaded.settings;
}
