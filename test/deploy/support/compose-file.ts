import { parse } from 'yaml';
import { readDeployFile } from './files.ts';

type Secret = string | { source: string; target: string };

/** What compose.yaml says of one service, as far as tests look at it. */
export interface Service {
  image: string;
  entrypoint?: string[];
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  secrets?: Secret[];
  networks?: string[];
  depends_on?: string[];
  read_only?: boolean;
  healthcheck?: { test: string[] };
}

/** A file of `deploy/compose`, with what it says several times put in. */
export interface ComposeFile {
  services: Record<string, Service>;
  secrets: Record<string, { file: string }>;
}

/** Reads `compose.yaml` or a file that goes on top of it. */
export function readComposeFile(name = 'compose.yaml'): ComposeFile {
  return parse(readDeployFile('compose', name), { merge: true }) as ComposeFile;
}

/** Where a service finds its secrets: the name of each, and the file in the container. */
export function secretsOf({ secrets = [] }: Service): { name: string; target: string }[] {
  return secrets.map((secret) =>
    typeof secret === 'string'
      ? { name: secret, target: `/run/secrets/${secret}` }
      : { name: secret.source, target: secret.target },
  );
}

/** What Compose makes of a text: `${NAME:-default}` is the default here, and `$$` stands for one `$`. */
export function putDefaultsIn(text: string): string {
  return text.replaceAll(/\$\$|\$\{\w+:-([^}]*)\}/g, (found, fallback: string | undefined) =>
    found === '$$' ? '$' : (fallback ?? ''),
  );
}
