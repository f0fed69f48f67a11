import { InvalidArgumentError } from 'commander';
import { SCOPES, type Scope } from '../domain/access.ts';

/** Reads scopes separated by commas; `customers:*` stands for all that begin so. */
export function scopesOption(text: string): Scope[] {
  const scopes = text.split(',').flatMap((each) => {
    const wanted = each.trim();
    const found = SCOPES.filter(
      (scope) =>
        scope === wanted || (wanted.endsWith(':*') && scope.startsWith(wanted.slice(0, -1))),
    );
    if (found.length > 0) return found;
    throw new InvalidArgumentError(
      `There is no scope ${JSON.stringify(wanted)}; there are ${SCOPES.join(', ')}.`,
    );
  });
  return [...new Set(scopes)];
}
