/**
 * Reads the URL of a database or a Redis, or returns null where the text is none.
 *
 * PostgreSQL URLs may list several hosts (`host1:5432,host2:5432`), which the URL standard does not know: what is returned
 * then has the first of them. A fragment is refused, since it is always a `#` of the password that was not
 * percent-encoded; so is a password that cannot be decoded, since every driver decodes it.
 */
export function parseConnectionUrl(text: string): URL | null {
  const withOneHost = text.replace(
    /^([a-z][a-z0-9+.-]*:\/\/(?:[^/?#]*@)?[^/?#,]*),[^/?#@]*(?=[/?#]|$)/i,
    '$1',
  );
  if (!URL.canParse(withOneHost)) return null;
  const url = new URL(withOneHost);
  return url.hash === '' && canDecode(url.username) && canDecode(url.password) ? url : null;
}

/** Every `sslmode` of PostgreSQL, as libpq has them. */
export const SSL_MODES = [
  'disable',
  'allow',
  'prefer',
  'require',
  'verify-ca',
  'verify-full',
] as const;

/** Whether a PostgreSQL URL insists on TLS: `allow` and `prefer` fall back to plain text. */
export function insistsOnTls(url: string): boolean {
  const modes = parseConnectionUrl(url)?.searchParams.getAll('sslmode') ?? [];
  return (
    modes.length > 0 &&
    modes.every((mode) => mode === 'require' || mode === 'verify-ca' || mode === 'verify-full')
  );
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
