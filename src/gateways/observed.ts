import type { Tracer } from '../observability/tracer.ts';
import type { Gateway, GatewayError, GatewayOutcome, Lookup, ReadCall } from './gateway.ts';

/** One operation at a gateway, for metrics and logs. */
export interface GatewayCall {
  gateway: string;
  operation: GatewayOperation;
  /** What came of it in the words of the port; `failed` is an exception, which is a bug. */
  outcome:
    | GatewayOutcome<unknown>['kind']
    | 'requires_approval'
    | Lookup<unknown>['kind']
    | 'failed';
  /** From the call to its outcome, our own work included. */
  durationMs: number;
  /** What went wrong, where the gateway did not do what it was asked. */
  error: GatewayError | null;
  /** The request, webhook or due work that caused the call. */
  requestId: string;
}

export type GatewayOperation =
  | 'create_payment'
  | 'confirm_payment'
  | 'capture_payment'
  | 'cancel_payment'
  | 'create_refund'
  | 'retrieve_payment'
  | 'find_payment'
  | 'list_refunds'
  | 'complete_payment'
  | 'retrieve_dispute'
  | 'list_settlement_records'
  | 'check_credentials'
  | 'create_customer'
  | 'delete_customer'
  | 'save_method'
  | 'detach_method';

/** Is told of the calls to gateways. It must not throw: the outcome would be lost. */
export interface CallObserver {
  onCallBegun: (call: Pick<GatewayCall, 'gateway'>) => void;
  onCall: (call: GatewayCall) => void;
  /** `null` where tracing is off. */
  tracer: Tracer | null;
}

/** The same gateway, which tells of each operation when it begins and when it has ended. */
export function observed(gateway: Gateway, { onCallBegun, onCall, tracer }: CallObserver): Gateway {
  const timed = <
    Asked,
    Call extends ReadCall,
    Result extends { kind: Exclude<GatewayCall['outcome'], 'failed'> },
  >(
    operation: GatewayOperation,
    run: (asked: Asked, call: Call) => Promise<Result>,
  ) => {
    const measured = async (asked: Asked, call: Call): Promise<Result> => {
      onCallBegun({ gateway: gateway.name });
      const startedAt = performance.now();
      let outcome: GatewayCall['outcome'] = 'failed';
      let error: GatewayError | null = null;
      try {
        const result = await run(asked, call);
        outcome = result.kind;
        if ('error' in result) error = result.error as GatewayError;
        return result;
      } finally {
        const durationMs = performance.now() - startedAt;
        const { requestId } = call;
        onCall({ gateway: gateway.name, operation, outcome, durationMs, error, requestId });
      }
    };
    if (tracer === null) return measured;
    const attributes = { 'gateway.name': gateway.name, 'gateway.operation': operation };
    const start = { name: `${gateway.name} ${operation}`, kind: 'internal', attributes } as const;
    return (asked: Asked, call: Call): Promise<Result> =>
      tracer.part(start, async (span) => {
        const result = await measured(asked, call);
        span.describe({ 'gateway.outcome': result.kind });
        return result;
      });
  };

  return {
    ...gateway,
    createPayment: timed('create_payment', (request, call) => gateway.createPayment(request, call)),
    confirmPayment: timed('confirm_payment', (request, call) =>
      gateway.confirmPayment(request, call),
    ),
    capturePayment: timed('capture_payment', (request, call) =>
      gateway.capturePayment(request, call),
    ),
    cancelPayment: timed('cancel_payment', (request, call) => gateway.cancelPayment(request, call)),
    createRefund: timed('create_refund', (request, call) => gateway.createRefund(request, call)),
    retrievePayment: timed('retrieve_payment', (id, call) => gateway.retrievePayment(id, call)),
    findPayment: timed('find_payment', (search, call) => gateway.findPayment(search, call)),
    listRefunds: timed('list_refunds', (id, call) => gateway.listRefunds(id, call)),
    completePayment: timed('complete_payment', (request, call) =>
      gateway.completePayment(request, call),
    ),
    retrieveDispute: timed('retrieve_dispute', (id, call) => gateway.retrieveDispute(id, call)),
    listSettlementRecords: timed('list_settlement_records', (listing, call) =>
      gateway.listSettlementRecords(listing, call),
    ),
    checkCredentials: (call) =>
      timed('check_credentials', (_: null, each: ReadCall) => gateway.checkCredentials(each))(
        null,
        call,
      ),
    createCustomer: timed('create_customer', (request, call) =>
      gateway.createCustomer(request, call),
    ),
    deleteCustomer: timed('delete_customer', (id, call) => gateway.deleteCustomer(id, call)),
    saveMethod: timed('save_method', (request, call) => gateway.saveMethod(request, call)),
    detachMethod: timed('detach_method', (request, call) => gateway.detachMethod(request, call)),
  };
}
