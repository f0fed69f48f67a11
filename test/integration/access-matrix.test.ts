import { afterAll, beforeAll, expect, test } from 'vitest';
import { everyCaller } from '../support/callers.ts';
import { startTender, type Tender } from '../support/tender.ts';

const READERS = 'viewer operator finance admin';

/**
 * Who may use which route: the scopes with which an API key may, and the roles with which an operator may. A route of
 * the OpenAPI document that is not here fails the test, as does one that admits anybody else.
 */
const TABLE: Readonly<Record<string, string>> = {
  'GET /health': 'everybody',
  'GET /ready': 'everybody',
  'POST /api/v1/payments/webhook/{gateway}': 'everybody',

  'POST /api/v1/payments': 'payments:write',
  'GET /api/v1/payments': `payments:read ${READERS}`,
  'GET /api/v1/payments/{id}': `payments:read ${READERS}`,
  'POST /api/v1/payments/{id}/confirm': 'payments:write',
  'POST /api/v1/payments/{id}/capture': 'payments:write',
  'POST /api/v1/payments/{id}/cancel': 'payments:write',
  'POST /api/v1/payments/{id}/sync': 'payments:write operator admin',
  'POST /api/v1/payments/{id}/refunds': 'refunds:write',
  'GET /api/v1/payments/{id}/refunds': `payments:read ${READERS}`,
  'GET /api/v1/refunds/{id}': `payments:read ${READERS}`,
  'GET /api/v1/disputes': `payments:read ${READERS}`,
  'GET /api/v1/disputes/{id}': `payments:read ${READERS}`,
  'GET /api/v1/events': `payments:read ${READERS}`,
  'GET /api/v1/gateways': `payments:read ${READERS}`,

  'POST /api/v1/customers': 'customers:write',
  'GET /api/v1/customers': `customers:read ${READERS}`,
  'GET /api/v1/customers/{id}': `customers:read ${READERS}`,
  'PATCH /api/v1/customers/{id}': 'customers:write',
  'DELETE /api/v1/customers/{id}': 'customers:write',
  'POST /api/v1/customers/{id}/payment-methods': 'customers:write',
  'GET /api/v1/customers/{id}/payment-methods': `customers:read ${READERS}`,
  'DELETE /api/v1/customers/{id}/payment-methods/{methodId}': 'customers:write',

  'POST /api/v1/admin/api-keys': 'admin',
  'GET /api/v1/admin/api-keys': 'admin',
  'GET /api/v1/admin/api-keys/{id}': 'admin',
  'POST /api/v1/admin/api-keys/{id}/revoke': 'admin',
  'POST /api/v1/admin/api-keys/{id}/rotate': 'admin',
  'GET /api/v1/admin/audit-log': READERS,
  'GET /api/v1/admin/audit-log/export': READERS,

  'GET /api/v1/admin/ledger/accounts': READERS,
  'GET /api/v1/admin/ledger/balances': READERS,
  'GET /api/v1/admin/ledger/entries': READERS,

  'GET /api/v1/admin/routing': READERS,
  'PUT /api/v1/admin/routing': 'admin',
  'POST /api/v1/admin/routing/simulate': READERS,
  'GET /api/v1/admin/maintenance': READERS,
  'PUT /api/v1/admin/maintenance': 'operator admin',

  'GET /api/v1/admin/payments/{id}/timeline': READERS,
  'GET /api/v1/admin/unknown-outcomes': READERS,
  'POST /api/v1/admin/payments/{id}/resolve': 'finance admin',
  'POST /api/v1/admin/refunds/{id}/resolve': 'finance admin',
  'GET /api/v1/admin/webhooks': READERS,
  'GET /api/v1/admin/webhooks/{id}': READERS,
  'POST /api/v1/admin/webhooks/{id}/replay': 'operator admin',
  'POST /api/v1/admin/webhooks/replay': 'operator admin',

  'GET /api/v1/admin/reports/daily': READERS,
  'GET /api/v1/admin/reports/monthly': READERS,
  'POST /api/v1/admin/reconciliation/runs': 'finance admin',
  'GET /api/v1/admin/reconciliation/runs': READERS,
  'GET /api/v1/admin/reconciliation/runs/{id}': READERS,
  'GET /api/v1/admin/reconciliation/differences': READERS,
  'GET /api/v1/admin/reconciliation/differences/{id}': READERS,
  'PATCH /api/v1/admin/reconciliation/differences/{id}': 'finance admin',
  'POST /api/v1/admin/reconciliation/differences/{id}/close': 'finance admin',

  'GET /api/v1/admin/gateways/status': READERS,
  'GET /api/v1/admin/gateways/{gateway}/config': READERS,
  'PUT /api/v1/admin/gateways/{gateway}/config': 'admin',
  'POST /api/v1/admin/gateways/{gateway}/enable': 'operator admin',
  'POST /api/v1/admin/gateways/{gateway}/disable': 'operator admin',

  'POST /api/v1/admin/operators': 'admin',
  'GET /api/v1/admin/operators': 'admin',
  'GET /api/v1/admin/operators/{id}': 'admin',
  'PATCH /api/v1/admin/operators/{id}': 'admin',
  'POST /api/v1/admin/operators/{id}/disable': 'admin',
  'POST /api/v1/admin/operators/{id}/tokens': 'admin',
  'POST /api/v1/admin/operators/{id}/tokens/rotate': 'admin',
  'POST /api/v1/admin/operators/{id}/tokens/{tokenId}/revoke': 'admin',
};

let tender: Tender;
let callers: ReadonlyMap<string, string>;

beforeAll(async () => {
  tender = await startTender({ parts: ['api'] });
  callers = await everyCaller(tender.db);
});

afterAll(() => tender.close());

/** Whether the door lets somebody through; what is behind it gets nothing that it could work with. */
async function isAdmitted(method: string, path: string, token: string | null): Promise<boolean> {
  const response = await fetch(`${tender.apiUrl}${path.replaceAll(/\{\w+\}/g, 'nothing')}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(method === 'GET' ? {} : { body: '{"no_such_field": true}' }),
  });
  const text = await response.text();
  const problem = (isJson(response) ? JSON.parse(text) : {}) as { code?: string };
  if (response.status === 401) expect(problem.code).toBe('unauthorized');
  if (response.status === 403) expect(problem.code).toBe('forbidden');
  expect(response.status, `${method} ${path}`).not.toBe(500);
  return response.status !== 401 && response.status !== 403;
}

async function whoMay(method: string, path: string): Promise<string> {
  if (await isAdmitted(method, path, null)) return 'everybody';
  const admitted: string[] = [];
  for (const [name, token] of callers) {
    if (await isAdmitted(method, path, token)) admitted.push(name);
  }
  return admitted.join(' ');
}

test('every route admits those that the table names, and nobody else', async () => {
  const response = await fetch(`${tender.apiUrl}/openapi.json`);
  const { paths } = (await response.json()) as { paths: Record<string, object> };
  const found: Record<string, string> = {};
  for (const [path, operations] of Object.entries(paths)) {
    for (const method of Object.keys(operations)) {
      const name = `${method.toUpperCase()} ${path}`;
      found[name] = await whoMay(method.toUpperCase(), path);
    }
  }
  expect(found).toEqual(TABLE);
});

function isJson({ headers }: Response): boolean {
  return /^application\/(problem\+)?json(;|$)/.test(headers.get('content-type') ?? '');
}
