import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { belongsToCheckout, leaveNote, setAside } from './home.ts';
import type { Home } from './home.ts';

const user = { name: 'postgres-user', uid: 4711, gid: 4711 };
let scratch: string;
let home: Home;
let noteFile: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tender-home-'));
  const directory = join(scratch, 'home');
  noteFile = join(scratch, 'postgres.txt');
  home = {
    directory,
    data: join(directory, 'data'),
    logFile: join(directory, 'server.log'),
    credentialsFile: join(directory, 'credentials.json'),
    portFile: join(directory, 'port'),
    noteFile,
  };
  await mkdir(home.data, { recursive: true });
});
afterEach(() => rm(scratch, { recursive: true }));

test('the note in the checkout says where the data is, and stays as it is at later starts', async () => {
  await leaveNote(home, user);
  const note = await readFile(noteFile, 'utf8');
  expect(note).toContain(home.directory);
  await leaveNote(home, user);
  expect(await readFile(noteFile, 'utf8')).toBe(note);
  expect(await belongsToCheckout(home)).toBe(true);
});

test('a new checkout under an old path does not inherit the database of the old one', async () => {
  await leaveNote(home, user);
  await rm(noteFile);
  expect(await belongsToCheckout(home)).toBe(false);
});

test('the database of an earlier checkout is kept aside, and only the latest of them', async () => {
  for (const content of ['first', 'second']) {
    await mkdir(home.data, { recursive: true });
    await writeFile(join(home.data, 'content'), content);
    await leaveNote(home, user);
    await rm(noteFile);
    await setAside(home);
    expect(await readdir(home.directory)).toEqual(['previous']);
  }
  expect(await readFile(join(home.directory, 'previous', 'data', 'content'), 'utf8')).toBe(
    'second',
  );
});
