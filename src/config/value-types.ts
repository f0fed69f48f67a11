import { isIP } from 'node:net';
import { Cron } from 'croner';
import { z } from 'zod';

/**
 * A zod type for the text of one variable, described by a noun phrase that also makes its error: "is not <noun>".
 *
 * @param build makes the type from that error
 */
export function described<T>(
  noun: string,
  build: (error: string) => z.ZodType<T, string>,
): z.ZodType<T, string> {
  return build(`is not ${noun}`).describe(noun);
}

/**
 * Docker's `--env-file` and kubectl's `--from-env-file` keep a comment that follows a value. No number and no word of
 * the types below contains a `#`, so it is safe to drop it there; in passwords and URLs it is kept.
 */
const withoutComment = z.string().transform((text) => text.replace(/\s+#.*$/, ''));

/** `true` or `false`, in the spellings that people use for them. */
export function trueOrFalse() {
  return described('true or false', (error) =>
    withoutComment.pipe(
      z.stringbool({
        truthy: ['true', '1', 'yes', 'on'],
        falsy: ['false', '0', 'no', 'off'],
        error,
      }),
    ),
  );
}

/** One of a few words, in capitals or not. */
export function oneOf<const W extends readonly [string, string, ...string[]]>(words: W) {
  const noun = `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
  return described<W[number]>(noun, (error) =>
    withoutComment.pipe(z.string().toLowerCase()).pipe(z.enum(words, { error })),
  );
}

/** A whole number between two bounds, both included. */
export function wholeNumber(min: number, max: number) {
  return described(`a whole number from ${min} to ${max}`, (error) =>
    withoutComment.pipe(
      z
        .string()
        .regex(/^\d{1,15}$/, error)
        .transform(Number)
        .pipe(z.number().gte(min, error).lte(max, error)),
    ),
  );
}

/** A number, with a fraction or without, between two bounds, both included. Not for money. */
export function decimalNumber(min: number, max: number) {
  return described(`a number from ${min} to ${max}`, (error) =>
    withoutComment.pipe(
      z
        .string()
        .regex(/^\d{1,15}(?:\.\d{1,9})?$/, error)
        .transform(Number)
        .pipe(z.number().gte(min, error).lte(max, error)),
    ),
  );
}

const MILLISECONDS = { seconds: 1_000, hours: 3_600_000, days: 86_400_000 } as const;

/** A span of time in the unit that the variable's name says, fractions allowed; the value is whole milliseconds. */
export function duration(unit: keyof typeof MILLISECONDS, min: number, max: number) {
  return described(`a number of ${unit} from ${min} to ${max}`, (error) =>
    withoutComment.pipe(
      z
        .string()
        .regex(/^\d{1,9}(?:\.\d{1,3})?$/, error)
        .transform((text) => Math.round(Number(text) * MILLISECONDS[unit]))
        .pipe(
          z
            .number()
            .gte(min * MILLISECONDS[unit], error)
            .lte(max * MILLISECONDS[unit], error),
        ),
    ),
  );
}

/** A cron pattern of five fields, or `off`, which is `null`. */
export function cronPattern() {
  return described('a cron pattern of five fields, or off', (error) =>
    withoutComment.pipe(
      z
        .string()
        .refine((text) => text === 'off' || isCronPattern(text), error)
        .transform((text) => (text === 'off' ? null : text)),
    ),
  );
}

function isCronPattern(text: string): boolean {
  try {
    return new Cron(text, { mode: '5-part', paused: true, utcOffset: 0 }).nextRun() !== null;
  } catch {
    return false;
  }
}

/** An exact amount in major units. It stays the text that it is: an amount is never a float. */
export function majorUnits() {
  return described('a positive amount in major units with at most 3 decimals', (error) =>
    withoutComment.pipe(
      z
        .string()
        .regex(/^(?:0|[1-9]\d{0,11})(?:\.\d{1,3})?$/, error)
        .regex(/[1-9]/, error),
    ),
  );
}

/** A port to listen on; 0 takes any that is free. */
export function port() {
  return described('a port from 0 to 65535', (error) =>
    z
      .string()
      .refine((text) => !/^(?:tcp|udp):/.test(text), {
        error:
          'is what Kubernetes sets for a service of that name: ' +
          'give the pod enableServiceLinks: false, or the service another name',
        abort: true,
      })
      .pipe(withoutComment)
      .pipe(
        z
          .string()
          .regex(/^\d{1,5}$/, error)
          .transform(Number)
          .pipe(z.number().lte(65_535, error)),
      ),
  );
}

/** A name or an address to listen on. */
export function hostToListenOn() {
  return described('a host name or an IP address', (error) =>
    withoutComment.pipe(z.string().regex(/^[A-Za-z0-9.:_-]+$/, error)),
  );
}

/** What a process is called where it is watched. */
export function serviceName() {
  return described('a name of letters, digits and . _ -', (error) =>
    withoutComment.pipe(z.string().regex(/^[\w.-]{1,100}$/, error)),
  );
}

/** Names separated by commas. */
export function listOfNames() {
  return described('a list of names separated by commas', (error) =>
    z
      .string()
      .transform((text) => text.split(',').map((name) => name.trim()))
      .pipe(z.array(z.string().min(1, error))),
  );
}

/** Hosts with their ports, separated by commas. */
export function listOfHosts() {
  return described('a list of host:port, separated by commas', (error) =>
    commaSeparated(withoutComment, z.string().regex(HOST_AND_PORT, error)).transform((hosts) =>
      hosts.map((text) => {
        const [host = '', portText = ''] = text.split(':');
        return { host, port: Number(portText) };
      }),
    ),
  );
}

const HOST_AND_PORT =
  /^[A-Za-z0-9.-]+:(?!0)(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/;

/** IP addresses and networks in CIDR notation, separated by commas. */
export function listOfNetworks() {
  return described(
    'a list of IP addresses or networks such as 10.0.0.0/8, separated by commas',
    (error) => commaSeparated(withoutComment, z.string().refine(isNetwork, error)),
  );
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
  );
}

/** Origins as browsers send them (RFC 6454, section 6.2), separated by commas. */
export function listOfOrigins() {
  return described(
    'a list of origins such as https://console.company.com, separated by commas',
    (error) => commaSeparated(withoutComment, z.string().refine(isOrigin, error)),
  );
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && text !== 'null';
}

function commaSeparated(text: z.ZodType<string, string>, item: z.ZodType<string, string>) {
  return text.transform((list) => list.split(',').map((each) => each.trim())).pipe(z.array(item));
}
