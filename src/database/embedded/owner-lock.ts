import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasErrorCode } from './error-code.ts';
import { findProcess, isStillRunning } from './process-identity.ts';

/** What came of asking for a directory of one's own. */
export type OwnerLockOutcome =
  | { kind: 'locked'; release: () => Promise<void> }
  | { kind: 'held'; ownerPid: number };

interface Owner {
  pid: number;
  startedAt: string;
}

/**
 * Makes this process the only owner of a directory, until it releases it or dies.
 *
 * A claim is a file `owner-<n>.json` that names a process by number and start time, so that a claim
 * whose process was killed is worth nothing and needs no clearing up. The claim with the highest
 * number counts. A lapsed claim is never removed to make room (two contenders could then each remove
 * the other's fresh one): it is outbid by the next number, and linking a file under a name that must
 * not exist yet has one winner only.
 */
export async function acquireOwnerLock(directory: string): Promise<OwnerLockOutcome> {
  const self = await findProcess(process.pid);
  if (self === undefined) throw new Error('This process cannot find itself in the process table.');
  const claim = JSON.stringify({ pid: self.pid, startedAt: self.startedAt } satisfies Owner);

  for (;;) {
    const highest = (await claims(directory)).at(-1) ?? 0;
    const owner = highest === 0 ? undefined : await readOwner(directory, highest);
    if (owner === 'gone') continue;
    if (owner !== undefined && (await isStillRunning(owner))) {
      return { kind: 'held', ownerPid: owner.pid };
    }

    const mine = highest + 1;
    if (!(await placeClaim(directory, mine, claim))) continue;
    const numbers = await claims(directory);
    // While this process looked the other way, the number may have been used, outbid and removed.
    if (numbers.at(-1) !== mine) {
      await rm(claimPath(directory, mine), { force: true });
      continue;
    }
    const outbid = numbers.filter((number) => number < mine);
    await Promise.all(outbid.map((number) => rm(claimPath(directory, number), { force: true })));
    return { kind: 'locked', release: () => replaceClaim(directory, mine, '{}') };
  }
}

function claimPath(directory: string, number: number): string {
  return join(directory, `owner-${number}.json`);
}

async function claims(directory: string): Promise<number[]> {
  const names = await readdir(directory);
  return names
    .map((name) => /^owner-(\d+)\.json$/.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

/** The owner that a claim names; `undefined` where it was released, `gone` where it was outbid. */
async function readOwner(directory: string, number: number): Promise<Owner | undefined | 'gone'> {
  try {
    const owner = JSON.parse(await readFile(claimPath(directory, number), 'utf8')) as Owner;
    return typeof owner.pid === 'number' ? owner : undefined;
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return 'gone';
    // A machine that lost power can leave an empty file behind: nobody's claim.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Linking a finished file makes the claim appear whole or not at all. */
async function placeClaim(directory: string, number: number, content: string): Promise<boolean> {
  const draft = await writeDraft(directory, content);
  try {
    await link(draft, claimPath(directory, number));
    return true;
  } catch (error) {
    if (hasErrorCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** A released claim keeps its number taken, which is what makes outbidding safe. */
async function replaceClaim(directory: string, number: number, content: string): Promise<void> {
  await rename(await writeDraft(directory, content), claimPath(directory, number));
}

async function writeDraft(directory: string, content: string): Promise<string> {
  const draft = join(directory, `.claim-${randomUUID()}`);
  await writeFile(draft, content, { mode: 0o600 });
  return draft;
}
