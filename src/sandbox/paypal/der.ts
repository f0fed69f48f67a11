/**
 * The few pieces of DER that a certificate is made of. Source: ITU-T X.690, sections 8 and 10.
 */

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

/** One element: its tag, the length of its content in the shortest form, and the content. */
export function element(tag: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.of(tag), lengthOf(body.length), body]);
}

export const sequence = (...content: Buffer[]): Buffer => element(SEQUENCE, ...content);
export const set = (...content: Buffer[]): Buffer => element(SET, ...content);
export const octets = (content: Buffer): Buffer => element(OCTET_STRING, content);
export const utf8 = (text: string): Buffer => element(UTF8_STRING, Buffer.from(text, 'utf8'));
export const nothing = (): Buffer => Buffer.of(0x05, 0x00);
export const yes = (): Buffer => Buffer.of(0x01, 0x01, 0xff);

/** A non-negative number, in the fewest bytes that are not read as a negative one. */
export function integer(value: bigint): Buffer {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  const looksNegative = (bytes[0] ?? 0) >= 0x80;
  return element(INTEGER, looksNegative ? Buffer.concat([Buffer.of(0), bytes]) : bytes);
}

/** A string of bits of which the last `unused` do not count. */
export const bits = (content: Buffer, unused = 0): Buffer =>
  element(BIT_STRING, Buffer.of(unused), content);

/** An element that stands in the place that `number` names in its surrounding sequence. */
export const tagged = (number: number, content: Buffer): Buffer => element(0xa0 + number, content);

/** An object identifier from its dotted form. */
export function identifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return element(OBJECT_IDENTIFIER, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** A time to the second. Certificates write years before 2050 with two digits (RFC 5280, 4.1.2.5). */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replace(/\.\d+|[-:T]/g, '');
  return at.getUTCFullYear() < 2050
    ? element(UTC_TIME, Buffer.from(digits.slice(2), 'latin1'))
    : element(GENERALIZED_TIME, Buffer.from(digits, 'latin1'));
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff);
  return Buffer.of(0x80 + bytes.length, ...bytes);
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}
