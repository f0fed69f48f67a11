/** The entity tag of something whose changes are counted (RFC 9110, section 8.8.3). */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * Reads `If-Match` (RFC 9110, section 13.1.1).
 *
 * @returns whether a change may be based on a version; on any where the header is missing or `*`
 */
export function ifMatch(header: string | undefined): (version: number) => boolean {
  if (header === undefined || header.trim() === '*') return () => true;
  const tags = header.split(',').map((tag) => tag.trim());
  return (version) => tags.includes(etagOf(version));
}
