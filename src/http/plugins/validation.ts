import type { FastifyInstance, FastifySchemaCompiler } from 'fastify';
import { safeParse, type $ZodIssue, type $ZodType } from 'zod/v4/core';
import { valueAt, writePath } from '../json-path.ts';
import { isProblemCode, type ProblemCode } from '../problem-catalogue.ts';
import { problem, ProblemError, type ParameterFault, type Problem } from '../problem.ts';

/** More faults than anybody reads; a body can be wrong in thousands of places. */
const MAX_ERRORS = 20;

/**
 * Has every part of a request checked by the zod schema of its route, and what is wrong told all at once.
 *
 * A schema names a code of the catalogue for a check of its own with `params`:
 * `z.string().refine(isCurrency, { error: 'Send ...', params: { code: 'currency_unknown' } })`.
 */
export function validateWithZod(app: FastifyInstance): void {
  app.setValidatorCompiler(compileValidator);
}

const compileValidator: FastifySchemaCompiler<$ZodType> = ({ schema, httpPart }) => {
  return (data: unknown) => {
    const result = safeParse(schema, data);
    if (result.success) return { value: result.data };
    return { error: new ProblemError(problemOfIssues(result.error.issues, data, httpPart)) };
  };
};

/** What zod found, as one problem: the fault itself where there is one, all of them where there are several. */
export function problemOfIssues(
  issues: readonly $ZodIssue[],
  data: unknown,
  httpPart: string | undefined,
): Problem {
  const faults = oneForEach(issues.flatMap((issue) => faultsOf(issue, data, httpPart)));
  const [first, ...others] = faults;
  if (first === undefined) return problem('invalid_request');
  if (others.length === 0) return problem(first.code, { detail: first.detail, param: first.param });
  return problem('invalid_request', {
    detail: `${faults.length} things are wrong with this request: errors says which.`,
    errors: faults.slice(0, MAX_ERRORS),
  });
}

/** A value that is wrong in several ways, neither small enough nor exact, is one thing to correct. */
function oneForEach(faults: readonly ParameterFault[]): ParameterFault[] {
  const named = faults.map((fault): [string, ParameterFault] => [
    `${fault.code} ${fault.param}`,
    fault,
  ]);
  return [...new Map(named.reverse()).values()].reverse();
}

function faultsOf(issue: $ZodIssue, data: unknown, httpPart: string | undefined): ParameterFault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const param = writePath([...issue.path, key]);
      return {
        code: 'parameter_unknown',
        param,
        detail: `\`${param}\` is not a parameter here: remove it, or check its spelling.`,
      };
    });
  }
  if (issue.path.length === 0 && httpPart === 'body' && issue.code === 'invalid_type') {
    return [{ code: 'invalid_request', param: null, detail: 'Send a JSON object as the body.' }];
  }
  const param = writePath(issue.path);
  if (issue.code !== 'custom' && valueAt(data, issue.path) === undefined) {
    return [{ code: 'parameter_missing', param, detail: `Send \`${param}\`: it is required.` }];
  }
  return [
    { code: codeOf(issue), param: param === '' ? null : param, detail: detailOf(issue, param) },
  ];
}

function codeOf(issue: $ZodIssue): ProblemCode {
  const named: unknown = issue.code === 'custom' ? issue.params?.code : undefined;
  if (isProblemCode(named)) return named;
  // Whatever is wrong with an amount has one code, so that nobody has to tell five kinds apart.
  return issue.path.length === 1 && issue.path[0] === 'amount'
    ? 'amount_invalid'
    : 'parameter_invalid';
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
};

/** The schema's own words where it has some; otherwise what the check wants, in ours. Values are never repeated. */
function detailOf(issue: $ZodIssue, param: string): string {
  const name = param === '' ? 'The value' : `\`${param}\``;
  if (!/^(?:Invalid|Too (?:small|big)|Unrecognized)\b/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `${name} must be ${TYPE_NAMES[issue.expected] ?? issue.expected}.`;
    case 'invalid_value':
      return `${name} must be ${listOf(issue.values)}.`;
    case 'too_small':
      return issue.origin === 'string' && issue.minimum === 1
        ? `${name} must not be empty.`
        : `${name} must ${measure(issue.origin)} ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}.`;
    case 'too_big':
      return `${name} must ${measure(issue.origin)} ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit(issue.origin)}.`;
    case 'invalid_format':
      return `${name} has the wrong form: compare it with the API reference at /docs.`;
    default:
      return `${name} is not valid: compare it with the API reference at /docs.`;
  }
}

function listOf(values: readonly unknown[]): string {
  const written = values.map((value) => `\`${String(value)}\``);
  return written.length === 1 ? written.join() : `one of ${written.join(', ')}`;
}

function measure(origin: string): string {
  return ['string', 'array', 'set', 'map', 'object', 'record'].includes(origin) ? 'have' : 'be';
}

function unit(origin: string): string {
  if (origin === 'string') return ' characters';
  return measure(origin) === 'have' ? ' entries' : '';
}
