import { once } from 'node:events';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { fail, pass, warn, type Finding } from './check.ts';

const PATIENCE_MS = 5_000;
const DAY_MS = 86_400_000;
/** When a certificate is worth a warning, and when there is hardly time left. */
const SOON_DAYS = 30;
const URGENT_DAYS = 7;

/** Until when the certificate is valid that a server shows, whether it is trusted or not. */
export async function readCertificate(
  server: { host: string; port: number },
  protocol: 'tls' | 'postgres',
): Promise<{ validTo: Date }> {
  const { port } = server;
  // URLs put addresses of IPv6 in brackets, and no one else does.
  const host = server.host.replace(/^\[(.*)\]$/, '$1');
  const tcp = connectTcp({ host, port });
  tcp.setTimeout(PATIENCE_MS, () => tcp.destroy(new Error(`${host}:${port} does not answer`)));
  try {
    await once(tcp, 'connect');
    if (protocol === 'postgres') await askPostgresForTls(tcp);
    // It is only looked at: whether it is trusted the real connection has decided.
    // An IP address is no server name: https://www.rfc-editor.org/rfc/rfc6066#section-3
    const name = isIP(host) ? {} : { servername: host };
    const tls = connectTls({ socket: tcp, ...name, rejectUnauthorized: false });
    await once(tls, 'secureConnect');
    return { validTo: new Date(tls.getPeerCertificate().valid_to) };
  } finally {
    tcp.destroy();
  }
}

/** SSLRequest, which the server answers with S or N: PostgreSQL documentation, "Message Formats". */
async function askPostgresForTls(socket: Socket): Promise<void> {
  const request = Buffer.alloc(8);
  request.writeInt32BE(8, 0);
  request.writeInt32BE(80_877_103, 4);
  socket.write(request);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  if (answer.toString('latin1', 0, 1) !== 'S') throw new Error('the server does not speak TLS');
}

/** Whether a certificate lasts. */
export function judgeCertificate(
  name: string,
  { validTo }: { validTo: Date },
  now = new Date(),
): Finding {
  const days = Math.floor((validTo.getTime() - now.getTime()) / DAY_MS);
  const until = validTo.toISOString().slice(0, 10);
  const remedy = 'Have it renewed, and see to it that this happens by itself.';
  if (days < 0) return fail(name, `The certificate expired on ${until}.`, remedy);
  if (days < URGENT_DAYS) return fail(name, `The certificate expires on ${until}.`, remedy);
  if (days < SOON_DAYS) return warn(name, `The certificate expires on ${until}.`, remedy);
  return pass(name, `The certificate is valid until ${until}.`);
}
