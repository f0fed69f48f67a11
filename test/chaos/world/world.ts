import { dirname, join } from 'node:path';
import { ADMIN_TOKEN } from '../../support/as-operator.ts';
import { freePorts } from '../../support/free-ports.ts';
import { inheritedEnvironment } from '../../support/inherited-environment.ts';
import { startRedis, type TestRedis } from '../../support/services/redis.ts';
import { API_NAMES, GATEWAY_NAMES, PROCESS_NAMES } from './names.ts';
import type { ApiName, GatewayName, ProcessName } from './names.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { startChaosPostgres, type ChaosPostgres } from './postgres.ts';
import { FaultProxy } from '../../support/fault-proxy.ts';
import { startSandboxes, type Sandboxes } from './sandboxes.ts';
import { Service } from './service.ts';

/** The ways between the processes, each of which can go wrong by itself. */
export interface Links {
  /** From one process of Tender to PostgreSQL, and to Redis. */
  postgres: Record<ProcessName, FaultProxy>;
  redis: Record<ProcessName, FaultProxy>;
  /** From all of them to a gateway, and from its customers to its pages. */
  gateway: Record<GatewayName, FaultProxy>;
  /** From a gateway to both APIs, in turn. */
  webhook: Record<GatewayName, FaultProxy>;
  /** From the application to one API. */
  client: Record<ApiName, FaultProxy>;
}

/** Everything that takes part in the schedules of a run, started once. */
export interface World {
  postgres: ChaosPostgres;
  redis: TestRedis;
  sandboxes: Sandboxes;
  services: Record<ProcessName, Service>;
  links: Links;
  apiKey: string;
  /** A new database, empty books, good links, and every process as it runs in peace. */
  renew(): Promise<void>;
  /** Ends all faults, and starts whatever is down or odd. */
  heal(): Promise<void>;
  /** Ends every process; from the next start on they are another build. */
  use(program: string): Promise<void>;
  /** Resolves when every process says that it is ready. */
  ready(): Promise<void>;
  stop(): Promise<void>;
}

/** With what the audit log is sealed. */
export const AUDIT_KEY = 'a-key-of-the-audit-log-that-is-visibly-fake';

/** Times are short, so that a schedule takes seconds where real trouble takes minutes. */
const COMPRESSED = {
  PAYMENT_GATEWAY_TIMEOUT_SECONDS: '1',
  PAYMENT_GATEWAY_CONNECT_TIMEOUT: '1',
  PAYMENT_LEASE_SECONDS: '3',
  PAYMENT_DATABASE_POOL_SIZE: '4',
  PAYMENT_RATE_LIMIT_PER_CALLER: '1000000',
  PAYMENT_LOG_LEVEL: 'warn',
  TENDER_SHUTDOWN_TIMEOUT_SECONDS: '5',
};

/** @param program the file that runs as `tender` */
export async function startWorld(program: string): Promise<World> {
  const [links, postgres, startedRedis] = await Promise.all([
    openLinks(),
    startChaosPostgres(),
    startRedis(),
  ]);
  // Several faults may want it down, and up again, at the same time.
  const inTurn = oneAtATime();
  const redis = {
    ...startedRedis,
    kill9: () => inTurn(startedRedis.kill9),
    restart: () => inTurn(startedRedis.restart),
  };
  const sandboxes = await startSandboxes({
    gateways: byName(GATEWAY_NAMES, (name) => links.gateway[name].port),
    webhooks: byName(GATEWAY_NAMES, (name) => webhookUrl(links, name)),
  });
  const ports = await freePorts(2 * PROCESS_NAMES.length);
  const portOf = byName(PROCESS_NAMES, () => ports.pop() ?? 0);
  const services = byName(PROCESS_NAMES, (name) => {
    const env = {
      ...inheritedEnvironment(),
      // A schedule starts some ten processes of the same program, and to compile it is half of what a start costs.
      NODE_COMPILE_CACHE: join(dirname(program), 'compiled'),
      ...COMPRESSED,
      TENDER_ADMIN_TOKEN: ADMIN_TOKEN,
      TENDER_AUDIT_KEY: AUDIT_KEY,
      ...sandboxes.settings(
        byName(GATEWAY_NAMES, (gateway) => links.gateway[gateway].port),
        webhookUrl(links, 'square'),
      ),
      DATABASE_URL: postgres.runtimeUrl(links.postgres[name].port),
      PAYMENT_REDIS_URL: `redis://127.0.0.1:${links.redis[name].port}/0`,
      PAYMENT_PORT: String(portOf[name]),
      PAYMENT_PROMETHEUS_PORT: String(ports.pop()),
    };
    return new Service(name, program, env);
  });
  const direct = () => {
    for (const name of PROCESS_NAMES) {
      links.postgres[name].leadTo(postgres.port);
      links.redis[name].leadTo(redis.port);
    }
    for (const name of GATEWAY_NAMES) {
      links.gateway[name].leadTo(sandboxes.ports[name]);
      links.webhook[name].leadTo(...API_NAMES.map((api) => portOf[api]));
    }
    for (const name of API_NAMES) links.client[name].leadTo(portOf[name]);
  };
  const heal = async () => {
    await postgres.start();
    direct();
    for (const link of allLinks(links)) link.heal();
    await sandboxes.heal();
    await Promise.all(
      PROCESS_NAMES.map(async (name) => {
        const service = services[name];
        if (service.isOdd) await service.kill();
        await service.start();
      }),
    );
  };
  const renewDatabase = async () => {
    const [log] = await postgres
      .query<{ seals: number }>('SELECT count(*)::int AS seals FROM audit_seals')
      .catch(() => []);
    // A worker seals nothing where what it has sealed is gone, and is right about it.
    if (log && log.seals > 0) {
      await Promise.all([services['worker-1'].kill(), services['worker-2'].kill()]);
    }
    await postgres.renew();
  };
  const ready = async () => {
    await Promise.all(PROCESS_NAMES.map((name) => services[name].ready()));
  };
  return {
    postgres,
    redis,
    sandboxes,
    services,
    links,
    apiKey: postgres.apiKey,
    async renew() {
      await postgres.start();
      await Promise.all([renewDatabase(), sandboxes.reset(), redis.restart()]);
      await heal();
      await ready();
    },
    heal,
    ready,
    async use(other) {
      await Promise.all(PROCESS_NAMES.map((name) => services[name].use(other)));
    },
    async stop() {
      await Promise.all(PROCESS_NAMES.map((name) => services[name].kill()));
      await Promise.all([sandboxes.stop(), redis.stop(), postgres.stop()]);
      await Promise.all(allLinks(links).map((link) => link.close()));
    },
  };
}

function webhookUrl(links: Links, name: GatewayName): string {
  return `${links.webhook[name].url}/api/v1/payments/webhook/${name}`;
}

async function openLinks(): Promise<Links> {
  const count = 2 * PROCESS_NAMES.length + 2 * GATEWAY_NAMES.length + API_NAMES.length;
  const proxies = await Promise.all((await freePorts(count)).map((port) => FaultProxy.open(port)));
  const take = () => proxies.pop() as FaultProxy;
  return {
    postgres: byName(PROCESS_NAMES, take),
    redis: byName(PROCESS_NAMES, take),
    gateway: byName(GATEWAY_NAMES, take),
    webhook: byName(GATEWAY_NAMES, take),
    client: byName(API_NAMES, take),
  };
}

function allLinks(links: Links): FaultProxy[] {
  return Object.values(links).flatMap((group) => Object.values<FaultProxy>(group));
}

function byName<Name extends string, T>(
  names: readonly Name[],
  make: (name: Name) => T,
): Record<Name, T> {
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, T>;
}
