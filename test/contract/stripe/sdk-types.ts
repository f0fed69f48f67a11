import { join } from 'node:path';
import ts from 'typescript';

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

const ROOT = join(import.meta.dirname, '../../..');

/** Where the SDK leaves its lists of words open for words to come. Here a word has to be on the list. */
const OPEN_LISTS = {
  file: join(ROOT, 'node_modules/stripe/esm/shared.d.ts'),
  declaration: 'export type OtherString = string & Record<never, never>;',
  closed: 'export type OtherString = never;',
};

/**
 * What the SDK's types have against each of the requests; unknown properties are refused. Each request is written
 * down as a literal of its type, and the compiler reads that file, which is never on the disk. The adapter's own code
 * cannot be checked so well: an object that is put together by spreading may hold more than its type says.
 */
export function checkAgainstSdk(requests: readonly TypedRequest[]): string[][] {
  const lines = requests.map(({ operation, parameters }, index) => {
    const type = TYPES.get(operation);
    if (type === undefined) throw new Error(`No type of the SDK is known for ${operation}`);
    return `export const request${index}: Stripe.${type} = ${inOneLine(parameters)};`;
  });
  const problems = lines.map((): string[] => []);
  const text = [...lines, "import type Stripe from 'stripe';"].join('\n');
  for (const { file, start, messageText } of compile(text)) {
    const message = ts.flattenDiagnosticMessageText(messageText, ' ');
    const line = file?.getLineAndCharacterOfPosition(start ?? 0).line;
    if (line === undefined) throw new Error(message);
    problems[line]?.push(`${message} In: ${lines[line]}`);
  }
  return problems;
}

/** As JSON, without the two characters that end a line for the compiler and none in JSON. */
function inOneLine(parameters: object): string {
  return JSON.stringify(parameters).replace(/[\u2028\u2029]/g, (end) =>
    end === '\u2028' ? String.raw`\u2028` : String.raw`\u2029`,
  );
}

/** Compiles one file as the repository's own are, and gives what the compiler says of it. */
function compile(text: string): readonly ts.Diagnostic[] {
  const config = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path));
  const withoutFiles = { ...ts.sys, readDirectory: () => [] };
  const { options } = ts.parseJsonConfigFileContent(config.config, withoutFiles, ROOT);
  const name = join(import.meta.dirname, 'recorded-requests.ts');
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  const fileExists = host.fileExists.bind(host);
  host.fileExists = (path) => path === name || fileExists(path);
  host.readFile = (path) => {
    if (path === name) return text;
    return path === OPEN_LISTS.file ? closeLists(readFile(path) ?? '') : readFile(path);
  };
  // The types of Node's own modules are of no use to literals, and take a second to read.
  const program = ts.createProgram([name], { ...options, types: [] }, host);
  const own = program.getSourceFile(name);
  return [...program.getSyntacticDiagnostics(own), ...program.getSemanticDiagnostics(own)];
}

function closeLists(text: string): string {
  const { declaration, closed, file } = OPEN_LISTS;
  if (!text.includes(declaration)) throw new Error(`${file} leaves its lists open in another way`);
  return text.replace(declaration, closed);
}
