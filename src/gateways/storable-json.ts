/** Any escape in a JSON text; a whole surrogate pair is one, and so is a backslash with what it escapes. */
const ESCAPE = /\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|u[\da-fA-F]{4}|.)/g;
/** The zero character, or half of a surrogate pair. */
const UNSTORABLE = /^\\u(?:0000|[dD][89a-fA-F][\da-fA-F]{2})$/;
const MAYBE_UNSTORABLE = /\\u(?:0000|[dD][89a-fA-F])/;
/** Most texts hold none at all, and a search for it costs a fifth of the expression. */
const ANY_CODE = String.raw`\u`;
const REPLACEMENT = String.raw`\ufffd`;

/**
 * Reads JSON that came from outside so that what it says can be stored: the zero character and halves of surrogate
 * pairs, which JSON can name and PostgreSQL refuses in texts, become U+FFFD.
 *
 * @throws {SyntaxError} where it is not JSON
 */
export function parseStorableJson(text: string): unknown {
  if (!text.includes(ANY_CODE) || !MAYBE_UNSTORABLE.test(text)) return JSON.parse(text);
  return JSON.parse(
    text.replace(ESCAPE, (escape) => (UNSTORABLE.test(escape) ? REPLACEMENT : escape)),
  );
}
