import { InvalidArgumentError } from '@commander-js/extra-typings';

/** The port of the first sandbox under `tender start`; the others have those after it. */
export const FIRST_SANDBOX_PORT = 8010;

/**
 * Reads a port from the command line.
 *
 * @param lowest 0 where any free port will do, 1 where others have to know it beforehand
 */
export function portOption(lowest: 0 | 1): (text: string) => number {
  return (text) => {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (port >= lowest && port <= 65_535) return port;
    throw new InvalidArgumentError(`It is not a port from ${lowest} to 65535.`);
  };
}
