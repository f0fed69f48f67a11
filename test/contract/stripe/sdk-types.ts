import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { typeErrors } from '../../support/type-errors.ts';

/** The parameters of one request, each value in its own type. */
export interface TypedRequest {
  operation: string;
  parameters: object;
}

/** The type in the SDK of the parameters of each operation that the adapter uses. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['POST /v1/payment_intents', 'PaymentIntentCreateParams'],
  ['POST /v1/payment_intents/{intent}/confirm', 'PaymentIntentConfirmParams'],
  ['POST /v1/payment_intents/{intent}/capture', 'PaymentIntentCaptureParams'],
  ['POST /v1/payment_intents/{intent}/cancel', 'PaymentIntentCancelParams'],
  ['GET /v1/payment_intents', 'PaymentIntentListParams'],
  ['GET /v1/payment_intents/{intent}', 'PaymentIntentRetrieveParams'],
  ['POST /v1/refunds', 'RefundCreateParams'],
  ['GET /v1/refunds', 'RefundListParams'],
  ['POST /v1/customers', 'CustomerCreateParams'],
  ['DELETE /v1/customers/{customer}', 'CustomerDeleteParams'],
  ['POST /v1/setup_intents', 'SetupIntentCreateParams'],
  ['POST /v1/payment_methods/{payment_method}/detach', 'PaymentMethodDetachParams'],
  ['GET /v1/disputes/{dispute}', 'DisputeRetrieveParams'],
  ['GET /v1/balance_transactions', 'BalanceTransactionListParams'],
]);

const SDK = join(import.meta.dirname, '../../../node_modules/stripe');

/** Where the SDK leaves its lists of words open for words to come. Here a word has to be on the list. */
const OPEN_LISTS = {
  file: 'esm/shared.d.ts',
  declaration: 'export type OtherString = string & Record<never, never>;',
  closed: 'export type OtherString = never;',
};

/**
 * What the SDK's types have against each of the requests; unknown properties are refused. Each request is written
 * down as a literal of its type. The adapter's own code cannot be checked so well: an object that is put together by
 * spreading may hold more than its type says.
 */
export async function checkAgainstSdk(requests: readonly TypedRequest[]): Promise<string[][]> {
  const lines = requests.map(({ operation, parameters }, index) => {
    const type = TYPES.get(operation);
    if (type === undefined) throw new Error(`No type of the SDK is known for ${operation}`);
    return `export const request${index}: Stripe.${type} = ${inOneLine(parameters)};`;
  });
  const errors = await typeErrors([...lines, "import type Stripe from 'stripe';"], takeStrictSdk);
  return lines.map((line, index) =>
    (errors[index] ?? []).map((message) => `${message} In: ${line}`),
  );
}

/** As JSON, without the two characters that end a line for the compiler and none in JSON. */
function inOneLine(parameters: object): string {
  return JSON.stringify(parameters).replace(/[\u2028\u2029]/g, (end) =>
    end === '\u2028' ? String.raw`\u2028` : String.raw`\u2029`,
  );
}

/** Puts a copy of the SDK's types there whose lists of words are closed. */
async function takeStrictSdk(folder: string): Promise<void> {
  const copy = join(folder, 'node_modules/stripe');
  for (const part of ['package.json', 'esm']) {
    await cp(join(SDK, part), join(copy, part), {
      recursive: true,
      filter: (path) => !path.endsWith('.js'),
    });
  }
  const { file, declaration, closed } = OPEN_LISTS;
  const text = await readFile(join(copy, file), 'utf8');
  if (!text.includes(declaration)) throw new Error(`${file} leaves its lists open in another way`);
  await writeFile(join(copy, file), text.replace(declaration, closed));
}
