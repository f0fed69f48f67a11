import { hash } from 'node:crypto';
import { EXIT_CANNOT_LISTEN } from '../config/exit-codes.ts';
import { createIdentification } from '../admin/identify.ts';
import { buildApp } from '../http/app.ts';
import { recordRefusal } from '../http/record-refusal.ts';
import { adminApiKeyRoutes } from '../http/routes/admin/api-keys.ts';
import { adminAuditLogRoutes } from '../http/routes/admin/audit-log.ts';
import { adminGatewayRoutes } from '../http/routes/admin/gateways.ts';
import { adminLedgerRoutes } from '../http/routes/admin/ledger.ts';
import { adminMaintenanceRoutes } from '../http/routes/admin/maintenance.ts';
import { adminOperatorTokenRoutes } from '../http/routes/admin/operator-tokens.ts';
import { adminOperatorRoutes } from '../http/routes/admin/operators.ts';
import { adminResolutionRoutes } from '../http/routes/admin/resolutions.ts';
import { adminReconciliationRoutes } from '../http/routes/admin/reconciliation.ts';
import { adminReportRoutes } from '../http/routes/admin/reports.ts';
import { adminRoutingRoutes } from '../http/routes/admin/routing.ts';
import { adminTimelineRoutes } from '../http/routes/admin/timeline.ts';
import { adminUnknownOutcomeRoutes } from '../http/routes/admin/unknown-outcomes.ts';
import { adminWebhookRoutes } from '../http/routes/admin/webhooks.ts';
import { customerRoutes } from '../http/routes/customers.ts';
import { disputeRoutes } from '../http/routes/disputes.ts';
import { eventRoutes } from '../http/routes/events.ts';
import { gatewayRoutes } from '../http/routes/gateways.ts';
import { paymentMethodRoutes } from '../http/routes/payment-methods.ts';
import { paymentRoutes } from '../http/routes/payments.ts';
import { refundRoutes } from '../http/routes/refunds.ts';
import { webhookRoutes } from '../http/routes/webhooks.ts';
import { watchEventLoop } from '../observability/event-loop.ts';
import type { Health } from '../observability/health.ts';
import { createInbox } from '../webhooks/inbound/inbox.ts';
import { Exit } from './exit.ts';
import { buildRateLimits } from './build-rate-limits.ts';
import { beginAllObjectsYoung } from './heap.ts';
import { keyModeOf } from './key-mode.ts';
import { overloadOf } from './overload.ts';
import type { ConnectedQueue } from './ready-queue.ts';
import type { System } from './system.ts';

/** A listening API. */
export interface Api {
  url: string;
  /** Refuses what is new and resolves when what was begun has its answer. */
  close(): Promise<void>;
}

/**
 * Has the API listen.
 *
 * @param adminToken lets the first administrator in
 */
export async function serveApi(
  system: System,
  health: Health,
  { queue, redis }: Pick<ConnectedQueue, 'queue' | 'redis'>,
  adminToken: string | null,
): Promise<Api> {
  beginAllObjectsYoung();
  const { settings, payments, webhookObserver: observer } = system;
  const { db, gateways, failPoints, clock, tracer } = payments;
  const signal = async (ids: bigint[]) => {
    await queue.signal(ids);
    await failPoints.reach('webhook.signaled');
  };
  const inbox = createInbox(db, signal, tracer);
  const keyMode = keyModeOf(settings);
  const identify = createIdentification(db, (err) =>
    system.log.warn({ err }, 'When credentials were last used could not be written down'),
  );
  const eventLoop = watchEventLoop();
  const app = buildApp({
    version: system.version,
    log: system.log,
    metrics: system.metrics,
    health,
    identify,
    keyMode,
    bootstrapTokenHash: hashOf(adminToken),
    onOperatorRefused: (request, reason) => recordRefusal(db, request, reason),
    rateLimits: await buildRateLimits(settings.door, redis, system.log),
    trustedProxies: settings.door.trustedProxies,
    allowedOrigins: settings.door.allowedOrigins,
    tracer,
    isInMaintenance: () => settings.maintenanceMode || system.maintenance.known()?.enabled === true,
    overloadedBy: overloadOf(settings.overload, eventLoop, db),
    routes: [
      paymentRoutes(payments),
      refundRoutes(payments),
      customerRoutes(payments),
      paymentMethodRoutes(payments),
      disputeRoutes({ db }),
      gatewayRoutes(payments),
      eventRoutes({ db }),
      webhookRoutes({ gateways, inbox, observer, failPoints, clock }),
      adminApiKeyRoutes({ db, mode: keyMode }),
      adminOperatorRoutes({ db }),
      adminOperatorTokenRoutes({ db }),
      adminAuditLogRoutes({ db }),
      adminLedgerRoutes({ db }),
      adminMaintenanceRoutes({
        db,
        polled: system.maintenance,
        bySetting: settings.maintenanceMode,
      }),
      adminTimelineRoutes({ db }),
      adminResolutionRoutes(payments),
      adminUnknownOutcomeRoutes(payments),
      adminWebhookRoutes({ db, queue }),
      adminReportRoutes({ db, clock }),
      adminReconciliationRoutes({ db, gateways, clock }),
      adminRoutingRoutes({ ...payments, polled: system.routing }),
      adminGatewayRoutes({ ...payments, states: system.gatewayStates }),
    ],
  });
  const { host, port } = settings.http;
  try {
    const url = await app.listen({ host, port });
    return {
      url,
      async close() {
        await app.close();
        await identify.close();
        eventLoop.close();
      },
    };
  } catch (error) {
    await app.close();
    eventLoop.close();
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') throw error;
    throw new Exit(
      EXIT_CANNOT_LISTEN,
      `Cannot listen on ${host}:${port} (${code}). Another process may have the port: set PAYMENT_PORT to a free one.`,
    );
  }
}

function hashOf(token: string | null): Buffer | null {
  return token === null ? null : hash('sha256', token, 'buffer');
}
