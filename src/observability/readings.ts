import { Counter, Gauge, type Registry } from 'prom-client';
import { within } from './within.ts';

/** Looks something up when the metrics are read. */
export type Reader<T> = () => T | Promise<T>;

/** What somebody has to see to at one gateway. */
export interface OpenOfGateway {
  gateway: string;
  count: number;
  /** 0 where there is none. */
  oldestAgeSeconds: number;
}

/** What is looked up when the metrics are read. A process gives the readers of what it has; the rest is not shown. */
export interface Readers {
  inbox?: Reader<{
    /** Webhooks that wait, in work included. */
    depth: number;
    /** Age of the oldest of them in seconds; 0 where none waits. */
    oldestAgeSeconds: number;
    /** Given up after too many tries. */
    dead: number;
    /** About payments of ours that are not here. */
    orphaned: number;
  }>;
  /** Of each gateway, those that have none included. */
  unknownOutcomes?: Reader<readonly OpenOfGateway[]>;
  /** What differs between Tender and each gateway's own records and is not closed; those without included. */
  openDifferences?: Reader<readonly OpenOfGateway[]>;
  /** How many authorizations lapse soon unless they are captured. */
  capturesExpiring?: Reader<number>;
  gateways?: Reader<readonly { gateway: string; enabled: boolean; available: boolean }[]>;
  /** Connections by state, such as `{ active: 3, idle: 5, waiting: 0 }`. */
  databaseConnections?: Reader<Readonly<Record<string, number>>>;
  redisConnections?: Reader<Readonly<Record<string, number>>>;
  /** Entries of the audit log that wait for their seal. */
  audit?: Reader<{ count: number; oldestAgeSeconds: number }>;
  /** What the last check of the ledger found (`null`: there was none), and for how long there has been no other. */
  ledger?: Reader<{
    differences: number | null;
    durationSeconds: number | null;
    ageSeconds: number;
  }>;
  /** What is done by the clock: how often, and how long ago it was. */
  schedules?: Reader<readonly { name: string; everySeconds: number; ageSeconds: number }[]>;
  /** Each health check by its name, and whether it passes. */
  health?: Reader<Readonly<Record<string, boolean>>>;
  /** How many migrations this build needs that the database does not have. */
  missingMigrations?: Reader<number>;
  /** Whether the worker's loop has turned lately. */
  workerAlive?: Reader<boolean>;
}

export interface ReadingOptions {
  /** How long one reader may take before its gauges are left out of the answer. */
  timeoutMs: number;
  /** How long a reading serves further scrapes, so that two Prometheus servers do not cost twice. */
  maxAgeMs: number;
  now: () => number;
}

/**
 * Registers a gauge for everything that can be looked up.
 *
 * A reader that fails or takes too long makes its gauges disappear until it works again: a missing value raises the
 * alert for missing values, a stale one would hide the fault.
 *
 * @returns what brings the gauges up to date; it never rejects
 */
export function createReadings(
  registry: Registry,
  readers: Readers,
  options: ReadingOptions,
): () => Promise<void> {
  const failures = new Counter({
    name: 'metrics_reading_failures_total',
    help: 'Readings that failed or took too long when the metrics were read.',
    labelNames: ['reading'],
    registers: [registry],
  });
  const refreshers: (() => Promise<void>)[] = [];

  function show<T>(name: string, reader: Reader<T> | undefined, draw: () => Drawing<T>): void {
    if (!reader) return;
    const drawing = draw();
    refreshers.push(refresher(reader, drawing, options, () => failures.inc({ reading: name })));
  }
  const gauge = (name: string, help: string) => single(registry, name, help);
  const gauges = (name: string, help: string, label: string) =>
    labelled(registry, name, help, label);

  show('inbox', readers.inbox, () => {
    const depth = gauge(
      'payment_webhook_queue_depth',
      'Webhooks that wait, those in work included.',
    );
    const age = gauge('payment_webhook_oldest_age_seconds', 'Age of the oldest waiting webhook.');
    const dead = gauge(
      'webhook_dead',
      'Webhooks given up after too many tries; replay or discard.',
    );
    const orphaned = gauge(
      'webhook_orphaned',
      'Webhooks about payments of ours that are not here.',
    );
    return drawing([depth, age, dead, orphaned], (inbox) => {
      depth.set(inbox.depth);
      age.set(inbox.oldestAgeSeconds);
      dead.set(inbox.dead);
      orphaned.set(inbox.orphaned);
    });
  });
  const showOpen = (
    name: string,
    reader: Reader<readonly OpenOfGateway[]> | undefined,
    [count, countHelp]: [name: string, help: string],
    [age, ageHelp]: [name: string, help: string],
  ) =>
    show(name, reader, () => {
      const counts = gauges(count, countHelp, 'gateway');
      const ages = gauges(age, ageHelp, 'gateway');
      return drawing([counts, ages], (open) => {
        counts.setAll(byGateway(open, (each) => each.count));
        ages.setAll(byGateway(open, ({ oldestAgeSeconds }) => oldestAgeSeconds));
      });
    });
  showOpen(
    'unknown_outcomes',
    readers.unknownOutcomes,
    ['payment_unknown_attempts', 'Attempts of which the gateway has not told whether money moved.'],
    ['payment_unknown_oldest_age_seconds', 'Age of the oldest unknown attempt.'],
  );
  showOpen(
    'open_differences',
    readers.openDifferences,
    [
      'reconciliation_open_differences',
      "Differences between Tender and the gateway's own records that nobody has closed.",
    ],
    ['reconciliation_oldest_difference_age_seconds', 'Age of the oldest open difference.'],
  );
  show('captures_expiring', readers.capturesExpiring, () => {
    const expiring = gauge(
      'payment_capture_expiring',
      'Authorizations that lapse soon uncaptured.',
    );
    return drawing([expiring], (count) => expiring.set(count));
  });
  show('gateways', readers.gateways, () => {
    const available = gauges(
      'payment_gateway_available',
      '1 while the gateway answers.',
      'gateway',
    );
    const enabled = gauges('payment_gateway_enabled', '1 while operators leave it on.', 'gateway');
    return drawing([available, enabled], (states) => {
      available.setAll(byGateway(states, (state) => state.available));
      enabled.setAll(byGateway(states, (state) => state.enabled));
    });
  });
  show('database_connections', readers.databaseConnections, () => {
    const connections = gauges('db_connections', 'Connections to the database, by state.', 'state');
    return drawing([connections], (states) => connections.setAll(states));
  });
  show('redis_connections', readers.redisConnections, () => {
    const connections = gauges('redis_connections', 'Connections to Redis, by state.', 'state');
    return drawing([connections], (states) => connections.setAll(states));
  });
  show('audit', readers.audit, () => {
    const unsealed = gauge('audit_unsealed', 'Entries of the audit log that are not sealed yet.');
    const age = gauge('audit_unsealed_oldest_age_seconds', 'Age of the oldest of them.');
    return drawing([unsealed, age], (audit) => {
      unsealed.set(audit.count);
      age.set(audit.oldestAgeSeconds);
    });
  });
  show('ledger', readers.ledger, () => {
    const differences = gauge(
      'ledger_differences',
      'Places where the ledger differs from payments and payouts, as the last check found; 100 or more at 100.',
    );
    const age = gauge(
      'ledger_check_age_seconds',
      'How long ago the ledger was checked, or the deployment began where it never was.',
    );
    const duration = gauge('ledger_check_duration_seconds', 'How long the last check took.');
    return drawing([differences, age, duration], (check) => {
      if (check.differences === null) differences.hide();
      else differences.set(check.differences);
      if (check.durationSeconds === null) duration.hide();
      else duration.set(check.durationSeconds);
      age.set(check.ageSeconds);
    });
  });
  show('schedules', readers.schedules, () => {
    const age = gauges(
      'schedule_age_seconds',
      'How long ago it was done, or for how long it is waited for where it never was.',
      'schedule',
    );
    const every = gauges('schedule_every_seconds', 'How often it is to be done.', 'schedule');
    return drawing([age, every], (schedules) => {
      const bySchedule = (value: (one: (typeof schedules)[number]) => number) =>
        Object.fromEntries(schedules.map((one) => [one.name, value(one)]));
      age.setAll(bySchedule(({ ageSeconds }) => ageSeconds));
      every.setAll(bySchedule(({ everySeconds }) => everySeconds));
    });
  });
  show('health', readers.health, () => {
    const passing = gauges('health_check', '1 while the health check passes.', 'check');
    return drawing([passing], (checks) =>
      passing.setAll(
        Object.fromEntries(Object.entries(checks).map(([name, ok]) => [name, ok ? 1 : 0])),
      ),
    );
  });
  show('migrations', readers.missingMigrations, () => {
    const missing = gauge(
      'schema_migrations_missing',
      'Migrations that this build needs and the database does not have.',
    );
    return drawing([missing], (count) => missing.set(count));
  });
  show('worker', readers.workerAlive, () => {
    const health = gauge('worker_health', "1 while the worker's loop turns, 0 when it hangs.");
    return drawing([health], (alive) => health.set(alive ? 1 : 0));
  });

  return async () => void (await Promise.all(refreshers.map((refresh) => refresh())));
}

interface Drawing<T> {
  draw(reading: T): void;
  hide(): void;
}

function drawing<T>(gauges: readonly { hide(): void }[], draw: (reading: T) => void): Drawing<T> {
  return { draw, hide: () => gauges.forEach((gauge) => gauge.hide()) };
}

/** Keeps one reading at a time under way, however many scrapes wait for it. */
function refresher<T>(
  reader: Reader<T>,
  gauges: Drawing<T>,
  { timeoutMs, maxAgeMs, now }: ReadingOptions,
  onFailure: () => void,
): () => Promise<void> {
  let drawnAt = Number.NEGATIVE_INFINITY;
  let underWay: Promise<T> | null = null;
  return async () => {
    if (now() - drawnAt < maxAgeMs) return;
    underWay ??= Promise.resolve()
      .then(reader)
      .finally(() => (underWay = null));
    try {
      gauges.draw(await within(underWay, timeoutMs));
      drawnAt = now();
    } catch {
      gauges.hide();
      onFailure();
    }
  };
}

function single(registry: Registry, name: string, help: string) {
  const gauge = new Gauge({ name, help, registers: [registry] });
  return { set: (value: number) => gauge.set(value), hide: () => gauge.remove() };
}

function labelled(registry: Registry, name: string, help: string, label: string) {
  const gauge = new Gauge({ name, help, labelNames: [label], registers: [registry] });
  return {
    setAll: (values: Readonly<Record<string, number>>) => {
      gauge.reset();
      for (const [value, count] of Object.entries(values)) gauge.set({ [label]: value }, count);
    },
    hide: () => gauge.reset(),
  };
}

function byGateway<S extends { gateway: string }>(
  states: readonly S[],
  valueOf: (state: S) => number | boolean,
): Record<string, number> {
  return Object.fromEntries(states.map((state) => [state.gateway, Number(valueOf(state))]));
}
