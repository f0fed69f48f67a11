import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { typeErrors } from '../../support/type-errors.ts';
import { findTool } from './tools.ts';

/** An object as it is sent to the cluster; tests look into it as they need. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  [member: string]: any;
}

/** What `kubectl apply -k` would send to the cluster. */
export async function buildManifests(folder: string): Promise<Manifest[]> {
  const { stdout } = await promisify(execFile)(await findTool('kubectl'), ['kustomize', folder]);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

/** Values that Kubernetes would refuse: wrong types, wrong words, missing members. */
export async function wrongValues(manifest: Manifest): Promise<string | null> {
  const { apiVersion, kind, metadata } = manifest;
  const library = apiVersion.startsWith('monitoring.coreos.com')
    ? '@kubernetes-models/prometheus-operator'
    : 'kubernetes-models';
  const module = (await import(`${library}/${apiVersion}/${kind}`)) as Record<
    string,
    new (data: object) => { validate(): void }
  >;
  const Model = module[kind];
  if (!Model) return `${kind} ${metadata.name}: ${apiVersion} has no such kind`;
  try {
    new Model(manifest).validate();
    return null;
  } catch (error) {
    return `${kind} ${metadata.name}: ${(error as Error).message}`;
  }
}

/** Members that Kubernetes does not know, which it would drop without a word. */
export async function unknownMembers(manifests: readonly Manifest[]): Promise<string[]> {
  const known = manifests.filter(({ apiVersion }) => !apiVersion.startsWith('monitoring.'));
  const lines = known.flatMap((manifest, index) => {
    const group = manifest.apiVersion.includes('/')
      ? manifest.apiVersion.replace(/(\.authorization)?\.k8s\.io/, '')
      : `core/${manifest.apiVersion}`;
    return [
      `import type { ${manifest.kind} as T${index} } from 'kubernetes-types/${group}.js';`,
      `export const m${index}: T${index} = ${JSON.stringify(manifest)};`,
    ];
  });
  return (await typeErrors(lines)).flat();
}
