import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, pass, warn, type Check, type Finding, type Patient } from '../check.ts';

/** That this is production, and that its file of secrets is for its owner only. */
export const settingsCheck: Check = {
  name: 'settings',
  run: async (patient) => [environment(patient), await secretsFile(patient)],
};

function environment({ settings: { environment: name } }: Patient): Finding {
  const about = 'settings.environment';
  if (name === 'production') return pass(about, 'These are the settings of production.');
  return warn(
    about,
    `These are the settings of ${name}, of which less is demanded.`,
    'Set PAYMENT_ENVIRONMENT=production where real money is taken.',
  );
}

async function secretsFile({ settings, directory }: Patient): Promise<Finding> {
  const about = 'settings.file';
  const name = `.env.${settings.environment}`;
  const mode = await stat(join(directory, name)).then(
    (file) => file.mode & 0o777,
    () => null,
  );
  if (mode === null) return pass(about, `There is no ${name} here; the environment has it all.`);
  if ((mode & 0o077) === 0) return pass(about, `${name} can be read by its owner only.`);
  return fail(
    about,
    `${name} has the mode ${mode.toString(8)}: others than its owner can read the secrets in it.`,
    `chmod 600 ${name}, or keep the secrets in files that *_FILE variables name.`,
  );
}
