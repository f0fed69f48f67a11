import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'rolldown';
import type { Patch } from './mutant.ts';

/** Exchanges texts of the source while a test build is made, so that nothing of a mutant is ever in the source. */
export function patching(checkout: string, patches: readonly Patch[]): Plugin {
  const byFile = Map.groupBy(patches, ({ file }) => join(checkout, file));
  return {
    name: 'patching',
    async load(id) {
      const wanted = byFile.get(id);
      if (wanted === undefined) return null;
      return { code: applyPatches(await readFile(id, 'utf8'), wanted), moduleType: 'ts' };
    },
  };
}

/** @throws where a text is not there, or more than once: the source has changed under the mutant */
export function applyPatches(source: string, patches: readonly Patch[]): string {
  return patches.reduce((text, { file, find, replace }) => {
    const count = text.split(find).length - 1;
    if (count !== 1) throw new Error(`${file} has this text ${count} times and not once: ${find}`);
    return text.split(find).join(replace);
  }, source);
}
