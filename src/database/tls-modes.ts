/**
 * The URLs to connect with, one after the other, so that `sslmode` means to the driver what it means to PostgreSQL's
 * own programs: `require` encrypts and checks the certificate only where `sslrootcert` says against what,
 * `verify-full` always checks, and `prefer` goes on in the clear where the server cannot encrypt.
 * Source: https://www.postgresql.org/docs/current/libpq-ssl.html
 */
export function urlsForDriver(url: string): [first: string, inTheClear?: string] {
  const mode = /[?&]sslmode=([^&]*)/.exec(url)?.[1];
  if (mode !== 'prefer' && mode !== 'allow') return [withMode(url, mode, mode)];
  return [withMode(url, mode, 'prefer'), withMode(url, mode, 'disable')];
}

/** Whether the server has answered that it cannot encrypt. */
export function cannotEncrypt(error: unknown): boolean {
  return error instanceof Error && /does not support SSL/.test(error.message);
}

/** Without `uselibpqcompat` the driver takes these modes for verify-full, and warns about it. */
function withMode(url: string, from: string | undefined, to: string | undefined): string {
  if (from === undefined || to === undefined) return url;
  const changed = url.replace(`sslmode=${from}`, `sslmode=${to}`);
  const lenient = ['prefer', 'require', 'verify-ca'].includes(to);
  return lenient && !changed.includes('uselibpqcompat=')
    ? `${changed}&uselibpqcompat=true`
    : changed;
}
