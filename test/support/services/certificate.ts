import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A certificate of its own making for 127.0.0.1 and localhost, in PEM files. Whoever trusts it trusts itself. */
export interface TestCertificate {
  certificateFile: string;
  keyFile: string;
}

/**
 * Makes a certificate that signs itself, with its key, in `directory`. It lasts ten years, or `days`, and is good for
 * `host`, too.
 */
export async function createCertificate(
  directory: string,
  { days = 3_650, host = 'localhost' }: { days?: number; host?: string } = {},
): Promise<TestCertificate> {
  await mkdir(directory, { recursive: true });
  const certificateFile = join(directory, 'certificate.pem');
  const keyFile = join(directory, 'key.pem');
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-keyout', keyFile, '-out', certificateFile, '-days', String(days)],
    ...['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host},DNS:localhost,IP:127.0.0.1`],
  ]);
  return { certificateFile, keyFile };
}
