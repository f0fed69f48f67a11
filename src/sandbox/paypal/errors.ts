import { ERRORS, issueEntry } from './issues.ts';
import type { ErrorName, Issue } from './issues.ts';

/** A link as PayPal's answers carry them. */
export type Link = { href: string; rel: string; method: string };

/** One of the `details` of an error. */
export type Detail = {
  issue: string;
  description: string;
  field?: string;
  value?: string;
  location?: 'body' | 'path' | 'query';
};

/**
 * An answer that is not a success. `isKept` tells whether it is the outcome of an attempt to move
 * money, hence one that stands under its request id.
 */
export type Refusal = {
  status: number;
  isKept: boolean;
  name: ErrorName;
  details: Detail[];
  links: Link[];
};

/** What came of a request: the value that answers it, or the refusal. */
export type Result<T> = { ok: true; value: T } | Refused;

export type Refused = { ok: false; refusal: Refusal };

export function succeed<T>(value: T): Result<T> {
  return { ok: true, value };
}

/** Where in a request something is wrong. */
export type Place = Pick<Detail, 'field' | 'value' | 'location'>;

/** Refuses because of one issue; the error's name and status follow from it. */
export function refuse(issue: Issue, place: Place = {}, links: Link[] = []): Refused {
  return refuseAll([{ issue, place }], links);
}

/** Refuses because of several issues, which come under one error. */
export function refuseAll(
  issues: readonly { issue: Issue; place: Place }[],
  links: Link[] = [],
): Refused {
  const [first] = issues;
  const name = first === undefined ? 'INVALID_REQUEST' : issueEntry(first.issue).error;
  const details = issues.map(({ issue, place }) => ({
    issue,
    ...place,
    description: issueEntry(issue).description,
  }));
  return refused(name, details, links);
}

/** Refuses with an error that has no details. */
export function refuseAs(name: ErrorName): Refused {
  return refused(name, [], []);
}

/** The same refusal as the outcome of an attempt to move money, which is kept. */
export function asOutcome({ refusal }: Refused): Refused {
  return { ok: false, refusal: { ...refusal, isKept: true } };
}

/** What an id names is not there, or not any more. */
export function notFound(field: string, value: string, location: 'path' | 'body' = 'path') {
  return refuse('INVALID_RESOURCE_ID', { field, value, location });
}

/** The body of an error, as each of PayPal's newer APIs gives it. */
export function presentRefusal(refusal: Refusal, debugId: string): object {
  const { name, details, links } = refusal;
  const information = details.slice(0, 1).map(({ issue }) => ({
    href: `https://developer.paypal.com/api/rest/reference/orders/v2/errors/#${issue}`,
    rel: 'information_link',
    method: 'GET',
  }));
  return {
    name,
    message: ERRORS[name].message,
    debug_id: debugId,
    ...(details.length > 0 && { details }),
    links: [...information, ...links],
  };
}

function refused(name: ErrorName, details: Detail[], links: Link[]): Refused {
  return {
    ok: false,
    refusal: { status: ERRORS[name].status, isKept: false, name, details, links },
  };
}
