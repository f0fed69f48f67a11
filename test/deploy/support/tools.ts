import { findPrograms, type Program } from '../../support/services/programs.ts';

/** What judges the files of `deploy/`: the programs that will read them in production. */
export const TOOLS = {
  nginx: { name: 'nginx', debian: 'nginx', homebrew: 'nginx' },
  prometheus: { name: 'prometheus', debian: 'prometheus', homebrew: 'prometheus' },
  promtool: { name: 'promtool', debian: 'prometheus', homebrew: 'prometheus' },
  alertmanager: {
    name: 'prometheus-alertmanager',
    debian: 'prometheus-alertmanager',
    homebrew: 'alertmanager',
  },
  amtool: { name: 'amtool', debian: 'prometheus-alertmanager', homebrew: 'alertmanager' },
  pgbouncer: { name: 'pgbouncer', debian: 'pgbouncer', homebrew: 'pgbouncer' },
  // Of the same major version as the PostgreSQL that npm brings.
  pg_basebackup: { name: 'pg_basebackup', debian: 'postgresql-client', homebrew: 'postgresql' },
  psql: { name: 'psql', debian: 'postgresql-client', homebrew: 'postgresql' },
  shellcheck: { name: 'shellcheck', debian: 'shellcheck', homebrew: 'shellcheck' },
  // Debian's is too old for components and replacements.
  kubectl: { name: 'kubectl', debian: null, homebrew: 'kubernetes-cli' },
} satisfies Record<string, Program>;

/** Installs a Debian into a folder; wanted only where the image is built without Docker, which is on Debian. */
export const MMDEBSTRAP: Program = { name: 'mmdebstrap', debian: 'mmdebstrap', homebrew: null };

/** Gives containers a network; wanted only where services of Compose run without Docker, which is on Linux. */
export const IP: Program = { name: 'ip', debian: 'iproute2', homebrew: null };

/** The path of one of the tools, which is installed where that can be done. */
export async function findTool(tool: keyof typeof TOOLS): Promise<string> {
  const [path = tool] = await findPrograms([TOOLS[tool]]);
  return path;
}
