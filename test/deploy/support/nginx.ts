import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { eventually } from '../../support/eventually.ts';
import { freePorts } from '../../support/free-ports.ts';
import { createCertificate } from '../../support/services/certificate.ts';
import { endProcess } from '../../support/services/end-process.ts';
import { killWithParent } from '../../support/services/kill-with-parent.ts';
import { readDeployFile } from './files.ts';
import { findTool } from './tools.ts';

export const HOST = 'payments.company.com';

export interface NginxAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/** A real nginx on free ports of 127.0.0.1, with the configuration of `deploy/nginx`. */
export interface Nginx {
  httpPort: number;
  httpsPort: number;
  certificate: string;
  certificateFile: string;
  /** Sends a request over TLS, from 127.0.0.1 unless another address of this machine is named. */
  send(
    method: string,
    path: string,
    options?: { headers?: Record<string, string>; body?: string; from?: string },
  ): Promise<NginxAnswer>;
  accessLog(): Promise<string>;
  close(): Promise<void>;
}

/**
 * Starts nginx with the shipped configuration, in which only places are replaced: ports, files, and the three servers.
 *
 * @param servers where the three upstreams listen, as `host:port`
 * @param merchantServers the content of merchant-servers.conf
 */
export async function startNginx(
  servers: readonly [string, string, string],
  merchantServers: string,
): Promise<Nginx> {
  const program = await findTool('nginx');
  const directory = await mkdtemp(join(tmpdir(), 'tender-nginx-'));
  const tls = await createCertificate(directory, { host: HOST });
  const [httpPort = 0, httpsPort = 0] = await freePorts(2);
  await writeFile(join(directory, 'merchant-servers.conf'), merchantServers);
  const places: [RegExp, string][] = [
    [/payment-api-1:8000/, servers[0]],
    [/payment-api-2:8000/, servers[1]],
    [/payment-api-3:8000/, servers[2]],
    [/listen 443/g, `listen 127.0.0.1:${httpsPort}`],
    [/listen 80/g, `listen 127.0.0.1:${httpPort}`],
    [/\/etc\/nginx\/ssl\/cert.pem/, tls.certificateFile],
    [/\/etc\/nginx\/ssl\/key.pem/, tls.keyFile],
    [/\/etc\/nginx\/merchant-servers.conf/, join(directory, 'merchant-servers.conf')],
    [/\/var\/log\/nginx\//g, `${directory}/`],
    [/\/run\/nginx.pid/, join(directory, 'nginx.pid')],
    // Where whoever runs the tests may write.
    [/http \{/, `http {\n${temporaryFolders(directory)}`],
  ];
  let text = readDeployFile('nginx', 'nginx.conf');
  for (const [place, value] of places) {
    const replaced = text.replace(place, value);
    if (replaced === text) throw new Error(`nginx.conf no longer has ${place.source}`);
    text = replaced;
  }
  const file = join(directory, 'nginx.conf');
  await writeFile(file, text);

  const errorLog = join(directory, 'error.log');
  // Its workers would give up root's rights, and with them the right to this folder.
  const asRoot = process.getuid?.() === 0 ? ' user root;' : '';
  const flags = ['-p', directory, '-c', file, '-e', errorLog, '-g', `daemon off;${asRoot}`];
  const child = spawn(program, flags, {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (data: Buffer) => (complaints += data.toString()));
  if (child.pid !== undefined) child.once('exit', killWithParent(child.pid, 'TERM'));

  const certificate = await readFile(tls.certificateFile, 'utf8');
  const agents = new Map<string, Agent>();
  const agentFrom = (localAddress: string) => {
    const agent =
      agents.get(localAddress) ??
      new Agent({ localAddress, connect: { ca: certificate, servername: HOST } });
    agents.set(localAddress, agent);
    return agent;
  };
  const nginx: Nginx = {
    httpPort,
    httpsPort,
    certificate,
    certificateFile: tls.certificateFile,
    async send(method, path, { headers = {}, body, from = '127.0.0.1' } = {}) {
      const answer = await request(`https://127.0.0.1:${httpsPort}${path}`, {
        method: method as 'GET',
        headers: { host: HOST, ...headers },
        ...(body === undefined ? {} : { body }),
        dispatcher: agentFrom(from),
      });
      return {
        status: answer.statusCode,
        headers: answer.headers,
        text: await answer.body.text(),
      };
    },
    accessLog: () => readFile(join(directory, 'access.log'), 'utf8'),
    async close() {
      await Promise.all([...agents.values()].map((agent) => agent.destroy()));
      await endProcess(child, 'SIGTERM');
      await rm(directory, { recursive: true, force: true });
    },
  };
  await eventually(async () => {
    if (child.exitCode !== null) return;
    await nginx.send('GET', '/nowhere');
  }, 20_000);
  if (child.exitCode !== null) throw new Error(`nginx does not start: ${complaints}`);
  return nginx;
}

function temporaryFolders(directory: string): string {
  return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${directory}/${name};`)
    .join('\n');
}
