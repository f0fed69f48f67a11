/** True when an error of the operating system, of a child process or of PostgreSQL has this code. */
export function hasErrorCode(error: unknown, ...codes: (string | number)[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code as string | number);
}
