/**
 * What a process that a test starts has from this one, and nothing else: where programs are, and where compiled code is
 * kept, since the same files are loaded hundreds of times.
 */
export function inheritedEnvironment(): Record<string, string> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  return {
    PATH: PATH ?? '',
    ...(NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }),
  };
}
