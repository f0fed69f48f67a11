import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { parseAllDocuments } from 'yaml';
import { CHECKOUT } from './files.ts';
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
export function unknownMembers(manifests: readonly Manifest[]): string[] {
  const known = manifests.filter(({ apiVersion }) => !apiVersion.startsWith('monitoring.'));
  const source = known
    .map((manifest, index) => {
      const group = manifest.apiVersion.includes('/')
        ? manifest.apiVersion.replace(/(\.authorization)?\.k8s\.io/, '')
        : `core/${manifest.apiVersion}`;
      return [
        `import type { ${manifest.kind} as T${index} } from 'kubernetes-types/${group}';`,
        `export const m${index}: T${index} = ${JSON.stringify(manifest)};`,
      ].join('\n');
    })
    .join('\n');
  const file = join(CHECKOUT, 'test', 'manifests-to-check.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (name) => name === file || disk.fileExists(name),
    readFile: (name) => (name === file ? source : disk.readFile(name)),
    getSourceFile: (name, target, ...rest) =>
      name === file
        ? ts.createSourceFile(name, source, target)
        : disk.getSourceFile(name, target, ...rest),
  };
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}
