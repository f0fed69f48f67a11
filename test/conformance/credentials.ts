import { expect, test } from 'vitest';
import { readCall } from './driver.ts';
import type { OpenSubject } from './subject.ts';

/** What a gateway says to our credentials. */
export function credentials(subject: () => OpenSubject): void {
  test('credentials that the gateway knows are taken, and asking moves nothing', async () => {
    const { gateway, sandbox } = subject();
    const before = JSON.stringify(sandbox.books(), digits);
    expect(await gateway.checkCredentials(readCall())).toEqual({ kind: 'found', report: null });
    expect(JSON.stringify(sandbox.books(), digits)).toBe(before);
  });

  test('credentials that it does not know are told from a gateway that cannot be reached', async () => {
    const { strangers, unreachable } = subject();
    expect(await strangers.checkCredentials(readCall())).toMatchObject({
      kind: 'unavailable',
      error: { category: 'authentication' },
    });
    expect(await unreachable.checkCredentials(readCall())).toMatchObject({
      kind: 'unavailable',
      error: { category: 'unreachable' },
    });
  });
}

function digits(_name: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
