import { findCardNumbers, MAYBE_CARD_NUMBER } from './card-number.ts';

/** What stands where a secret stood. */
const MASK = '[masked]';

/** Names of fields whose value is never written down, whatever it is. Kept broad on purpose. */
const SECRET_NAME =
  /authorization|cookie|secret|passw|passphrase|token|credential|signature|api[-_]?key|private[-_]?key|card[-_]?number|(?:^|\.)(?:number|pan|cvc2?|cvv2?|cvn|csc|exp|exp[-_]?(?:month|year)|expiry|pin|track[12]?|iban)$/i;

/**
 * Secrets that are told by their own form, wherever they stand: keys of the gateways and our own, client secrets,
 * authorization headers, signed tokens, and the credentials inside a URL. What the first group matches stays readable.
 */
const SECRET_VALUE = new RegExp(
  [
    String.raw`\b((?:sk|rk|tk)_(?:live|test)_)[\w-]+`,
    String.raw`\b(whsec_)[\w+/=-]+`,
    String.raw`(_secret_)\w+`,
    String.raw`\b((?:[Bb]earer|[Bb]asic) )[\w.~+/=-]{12,}`,
    String.raw`(:\/\/)[^\s/"'@]*:[^\s/"'@]*(?=@)`,
    String.raw`\b(EAAA)[\w-]{20,}`,
    String.raw`\b(sq0csp-)[\w-]+`,
    String.raw`\b(eyJ)[\w-]+\.[\w-]+\.[\w-]*`,
  ].join('|'),
  'g',
);
/** Says quickly that a text holds nothing of the above; most lines end here. */
const MAYBE_SECRET =
  /[srt]k_(?:live|test)_|whsec_|_secret_|earer |asic |:\/\/[^\s/"'@]*@|EAAA|sq0csp-|eyJ/;

/** How deep a logged object is followed; what lies deeper is left out. */
const MAX_DEPTH = 6;

/**
 * Masks card numbers and everything that looks like a secret in a text.
 *
 * A whole line of JSON stays valid JSON: a bare number that is a card number becomes `null`.
 */
export function maskText(text: string): string {
  const masked = MAYBE_SECRET.test(text) ? text.replace(SECRET_VALUE, keepPrefix) : text;
  return MAYBE_CARD_NUMBER.test(masked) ? maskCardNumbers(masked) : masked;
}

function keepPrefix(_match: string, ...groups: unknown[]): string {
  const prefix = groups.find((group) => typeof group === 'string' && group !== '');
  return `${typeof prefix === 'string' ? prefix : ''}${MASK}`;
}

function maskCardNumbers(line: string): string {
  // The digits of an escape such as \u0000 must not be taken for a part of the number that follows it.
  const text = line.replace(/\\u[\da-f]{4}(?=\d)/gi, '$& ');
  let masked = '';
  let done = 0;
  for (const { start, end } of findCardNumbers(text)) {
    const bare = /[:,[]/.test(text[start - 1] ?? '') && /[,}\]]/.test(text[end] ?? '');
    masked += text.slice(done, start) + (bare ? 'null' : MASK);
    done = end;
  }
  return masked + text.slice(done);
}

/**
 * Copies the fields of a log record with everything masked whose name says that it is secret, at any depth.
 *
 * Values are left as they are otherwise: {@link maskText} goes over the finished line.
 */
export function maskFields(fields: Record<string, unknown>): Record<string, unknown> {
  return maskObject(fields, 0);
}

function maskObject(fields: object, depth: number): Record<string, unknown> {
  const masked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    masked[name] = SECRET_NAME.test(name) ? maskSecret(value) : maskValue(value, depth);
  }
  return masked;
}

/** That a secret is missing, or whether there is one, may be told. */
function maskSecret(value: unknown): unknown {
  return value === null || value === undefined || typeof value === 'boolean' ? value : MASK;
}

function maskValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (value instanceof Uint8Array) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return '[left out]';
  if (Array.isArray(value)) return value.map((item) => maskValue(item, depth + 1));
  return maskObject(value, depth + 1);
}
