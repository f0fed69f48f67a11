import { listApiKeys } from '../../database/api-keys.ts';
import { listOperators } from '../../database/operators.ts';
import { pass, warn, type Check, type Finding } from '../check.ts';

/** That people come with tokens of their own, and programs with keys that may do what they have to. */
export const accessCheck: Check = {
  name: 'access',
  asksDatabase: true,
  run: async ({ db, settings }) => {
    const [keys, operators] = await Promise.all([listApiKeys(db), listOperators(db)]);
    const now = new Date();
    const active = keys.filter(
      ({ revokedAt, expiresAt }) => !revokedAt && !(expiresAt && expiresAt <= now),
    );
    const people = operators.filter(({ disabledAt }) => !disabledAt);
    return [
      active.length > 0
        ? pass('access.api_keys', `${active.length} API keys work.`)
        : warn(
            'access.api_keys',
            'No API key works: no program can take a payment.',
            'tender keys create --name <program>',
          ),
      everybodyKnown(settings.admin.token !== null, people.length),
    ];
  },
};

function everybodyKnown(hasBootstrap: boolean, people: number): Finding {
  const about = 'access.operators';
  if (people === 0) {
    return warn(
      about,
      'There are no operators: whoever has TENDER_ADMIN_TOKEN is the same person to the audit log.',
      'tender operators add <name> --role admin',
    );
  }
  if (!hasBootstrap) return pass(about, `${people} operators, each with tokens of their own.`);
  return warn(
    about,
    `${people} operators are let in, and TENDER_ADMIN_TOKEN still works, which is nobody's.`,
    'Take TENDER_ADMIN_TOKEN away once an administrator has a token.',
  );
}
