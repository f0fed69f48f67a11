import { readFileSync } from 'node:fs';
import { readOpenApi, type Addition, type OpenApi, type Operation } from '../support/openapi.ts';
import { publishedSpec } from '../support/published-specs.ts';

/** The files that PayPal publishes, one for each of its APIs, by where their paths begin. */
const FILES = {
  orders: { file: 'paypal-orders-v2.json', path: '/v2/checkout/' },
  payments: { file: 'paypal-payments-v2.json', path: '/v2/payments/' },
  vault: { file: 'paypal-vault-v3.json', path: '/v3/vault/' },
  disputes: { file: 'paypal-disputes-v1.json', path: '/v1/customer/disputes' },
  transactions: { file: 'paypal-transactions-v1.json', path: '/v1/reporting/' },
  webhooks: { file: 'paypal-webhooks-v1.json', path: '/v1/notifications/' },
} as const;

export type FileName = keyof typeof FILES;

/** Something that one of the files does not have yet, or has not. */
export interface FileAddition extends Addition {
  in: FileName;
}

/** An issue that an error may tell of although the file does not list it there. */
export interface FurtherIssue {
  in: FileName;
  /** The component schemas that list the issues of one kind of error. */
  schemas: readonly string[];
  issue: string;
  reason: string;
}

export interface PublishedFiles {
  /** The operation that a request asks for, or `null` where no file knows any. */
  find: (method: string, path: string) => Operation | null;
  of: (name: FileName) => OpenApi;
  operations: () => Operation[];
}

type Json = Record<string, unknown>;

/** Reads all six files, with what is newer than they are. */
export function loadPublishedFiles(
  additions: readonly FileAddition[] = [],
  issues: readonly FurtherIssue[] = [],
): PublishedFiles {
  const load = (name: FileName): OpenApi => {
    const json = JSON.parse(readFileSync(publishedSpec(FILES[name].file), 'utf8')) as Json;
    joinDetails(
      json,
      issues.filter((one) => one.in === name),
    );
    return readOpenApi(
      json,
      additions.filter((one) => one.in === name),
    );
  };
  const files = Object.fromEntries(
    Object.keys(FILES).map((name) => [name, load(name as FileName)]),
  ) as Record<FileName, OpenApi>;
  return {
    of: (name) => files[name],
    operations: () => Object.values(files).flatMap(({ operations }) => operations),
    find(method, path) {
      const entry = Object.entries(FILES).find(([, file]) => path.startsWith(file.path));
      return entry === undefined ? null : files[entry[0] as FileName].find(method, path);
    },
  };
}

/**
 * The files describe what `details` may hold twice, and neither is enough: once with the fields but any issue, and once
 * with the issues but without the fields. This joins both, so that an unlisted issue is found. The descriptions of issues
 * are left free: the files say that they change and that nobody may depend on them.
 */
function joinDetails(json: Json, further: readonly FurtherIssue[]): void {
  const { schemas } = json['components'] as { schemas: Record<string, Json> };
  for (const [name, schema] of Object.entries(schemas)) {
    const details = (schema['properties'] as Record<string, Json> | undefined)?.['details'];
    const branches = (details?.['items'] as Json | undefined)?.['anyOf'];
    if (details === undefined || !Array.isArray(branches)) continue;
    const listed = branches.map(issueOf);
    for (const { schemas: names, issue } of further) {
      if (!names.includes(name)) continue;
      if (listed.includes(issue)) throw new Error(`${name} lists ${issue} already`);
      listed.push(issue);
    }
    const text = { type: 'string' };
    details['items'] = {
      type: 'object',
      required: ['issue'],
      properties: {
        issue: { type: 'string', enum: listed },
        description: text,
        field: text,
        value: text,
        location: { type: 'string', enum: ['body', 'path', 'query'] },
      },
    };
  }
}

function issueOf(branch: { properties: { issue: { enum: string[] } } }): string {
  const [issue] = branch.properties.issue.enum;
  if (issue === undefined) throw new Error('A branch lists no issue');
  return issue;
}
