import { PROBLEMS, type ProblemCode, type ProblemKind } from './problem-catalogue.ts';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** One answer that says no: a problem of the catalogue, with what is special about this one. */
export interface Problem {
  code: ProblemCode;
  status: number;
  /** What is wrong and what to do about it. */
  detail: string;
  /** The parameter at fault, as a path into the body (`metadata.color`, `items[0]`) or a name. */
  param: string | null;
  /** Each fault by itself, where there are several. */
  errors: readonly ParameterFault[];
  /** Further members of the document, such as `payment`. */
  extensions: Readonly<Record<string, unknown>>;
  headers: Readonly<Record<string, string>>;
}

export interface ParameterFault {
  param: string | null;
  code: ProblemCode;
  detail: string;
}

export interface ProblemParts {
  detail?: string;
  param?: string | null | undefined;
  errors?: readonly ParameterFault[];
  /** Must not repeat a member that every problem has. */
  extensions?: Readonly<Record<string, unknown>>;
  retryAfterSeconds?: number;
  headers?: Readonly<Record<string, string>>;
}

/** Makes a problem of the catalogue. Its remedy is the detail where none is given. */
export function problem(code: ProblemCode, parts: ProblemParts = {}): Problem {
  const kind: ProblemKind = PROBLEMS[code];
  const retryAfterSeconds = parts.retryAfterSeconds ?? kind.retryAfterSeconds;
  return {
    code,
    status: kind.status,
    detail: parts.detail ?? kind.remedy,
    param: parts.param ?? null,
    errors: parts.errors ?? [],
    extensions: parts.extensions ?? {},
    headers: {
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...parts.headers,
    },
  };
}

/** The problem document (RFC 9457) as JSON text. */
export function renderProblem(
  { code, status, detail, param, errors, extensions }: Problem,
  requestId: string,
): string {
  return JSON.stringify({
    ...extensions,
    type: problemType(code),
    title: PROBLEMS[code].title,
    status,
    code,
    detail,
    ...(param === null ? {} : { param }),
    ...(errors.length === 0 ? {} : { errors }),
    request_id: requestId,
  });
}

/** Where this kind of problem is explained: a reference relative to the API's own address. */
export function problemType(code: ProblemCode): string {
  return `/docs/problems#${code}`;
}

/** Carries a problem out of a hook or a parser to the error handler. Routes answer with the problem itself. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly problem: Problem;

  constructor(about: Problem) {
    super(about.detail);
    this.problem = about;
  }
}

/** A {@link ProblemError} about a problem of the catalogue, to throw. */
export function problemError(code: ProblemCode, parts: ProblemParts = {}): ProblemError {
  return new ProblemError(problem(code, parts));
}
