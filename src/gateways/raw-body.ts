import { parseStorableJson } from './storable-json.ts';

/** The same bytes, not copied, with what Node.js has for buffers. */
export function asBuffer(rawBody: Uint8Array): Buffer {
  return Buffer.from(rawBody.buffer, rawBody.byteOffset, rawBody.length);
}

/** What the body of a webhook says as JSON that can be stored; `undefined` where it is not JSON. */
export function parseRawBody(rawBody: Uint8Array): unknown {
  try {
    return parseStorableJson(asBuffer(rawBody).toString());
  } catch {
    return undefined;
  }
}
