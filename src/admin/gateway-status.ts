import { readBreakers, type ReadBreaker } from '../database/breakers.ts';
import type { Database } from '../database/database.ts';
import {
  readActivity,
  readBacklogs,
  type GatewayActivity,
  type GatewayBacklog,
} from '../database/gateway-activity.ts';
import {
  NEVER_SWITCHED,
  readGatewayStates,
  type GatewaySwitch,
} from '../database/gateway-states.ts';
import { CLOSED } from '../domain/circuit-breaker.ts';
import { quantileMs } from './latency-buckets.ts';

/** How a gateway is doing, over all processes. */
export interface GatewayStatus {
  name: string;
  isConfigured: boolean;
  switched: GatewaySwitch;
  activity: Omit<GatewayActivity, 'latencies'> & {
    /** From 0 to 1; `null` where nothing was called in the last five minutes. */
    successRate: number | null;
    /** Milliseconds; likewise. */
    p95LatencyMs: number | null;
  };
  /** By the last call that told; `null` where none has. */
  credentials: 'accepted' | 'rejected' | null;
  backlog: GatewayBacklog;
  breaker: ReadBreaker;
}

const NEVER_CALLED: GatewayActivity = {
  calls: 0,
  failures: 0,
  latencies: new Map(),
  lastSuccessAt: null,
  lastErrorAt: null,
  lastError: null,
  credentialsAcceptedAt: null,
  credentialsRejectedAt: null,
};

const NOTHING_WAITS: GatewayBacklog = {
  webhooksWaiting: 0,
  webhooksDead: 0,
  webhooksOrphaned: 0,
  unknownOutcomes: 0,
  oldestUnknownAt: null,
};

const NEVER_IN_TROUBLE: ReadBreaker = { ...CLOSED, cause: null, probeInMs: null };

/** Reads how every gateway that Tender knows is doing. */
export async function readGatewayStatus(
  db: Database,
  knownGateways: readonly string[],
  isConfigured: (gateway: string) => boolean,
): Promise<GatewayStatus[]> {
  const [states, activities, backlogs, breakers] = await Promise.all([
    readGatewayStates(db),
    readActivity(db),
    readBacklogs(db),
    readBreakers(db),
  ]);
  return knownGateways.map((name) => {
    const { latencies, ...activity } = activities.get(name) ?? NEVER_CALLED;
    const { calls, failures } = activity;
    return {
      name,
      isConfigured: isConfigured(name),
      switched: states.get(name) ?? NEVER_SWITCHED,
      activity: {
        ...activity,
        successRate: calls === 0 ? null : (calls - failures) / calls,
        p95LatencyMs: quantileMs(latencies, 0.95),
      },
      credentials: credentialsOf(activity),
      backlog: backlogs.get(name) ?? NOTHING_WAITS,
      breaker: breakers.get(name) ?? NEVER_IN_TROUBLE,
    };
  });
}

function credentialsOf({
  credentialsAcceptedAt: accepted,
  credentialsRejectedAt: rejected,
}: Omit<GatewayActivity, 'latencies'>): GatewayStatus['credentials'] {
  if (!accepted && !rejected) return null;
  return (accepted?.getTime() ?? 0) >= (rejected?.getTime() ?? 0) ? 'accepted' : 'rejected';
}
