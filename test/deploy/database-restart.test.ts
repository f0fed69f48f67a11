import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { expectSameBooks } from '../support/same-books.ts';
import {
  START_TIMEOUT_MS,
  startTenderProcesses,
  type TenderProcesses,
} from '../support/tender-processes.ts';
import { expectNothingLost, startLoad } from './support/load.ts';
import { startOwnPostgres, type OwnPostgres } from './support/own-postgres.ts';
import { startPgBouncer, type PgBouncer } from './support/pgbouncer.ts';

/** `DATABASE_RESTARTS` does more of each kind. */
const RESTARTS = Number(process.env['DATABASE_RESTARTS'] ?? 1);
/** How long it may take until payments go through again, once the server is there. */
const RECOVERY_MS = 30_000;

let postgres: OwnPostgres;
let pgbouncer: PgBouncer;
let tender: TenderProcesses;

beforeAll(async () => {
  postgres = await startOwnPostgres();
  const database = await postgres.migrated();
  await postgres.offerTls();
  pgbouncer = await startPgBouncer(database.runtimeUrl, postgres.certificateFile);
  tender = await startTenderProcesses({
    database,
    env: {
      DATABASE_URL: pgbouncer.url,
      // Neither LISTEN nor statements prepared by name pass a PgBouncer of this age in transaction mode.
      DATABASE_DIRECT_URL: database.runtimeUrl,
      PAYMENT_DATABASE_PREPARE: 'false',
      PAYMENT_GATEWAY_TIMEOUT_SECONDS: '15',
      PAYMENT_LEASE_SECONDS: '20',
    },
  });
}, START_TIMEOUT_MS);
afterAll(async () => {
  await tender.close();
  await pgbouncer.stop();
  await postgres.remove();
});

const KINDS = [
  { name: 'restarted in order', take: () => postgres.stop() },
  { name: 'killed', take: () => postgres.kill() },
];

test.each(KINDS)(
  'a database that is $name under load behind PgBouncer loses no acknowledged write, and no process of ours is restarted',
  async ({ name, take }) => {
    const pids = [tender.api.pid, tender.worker.pid];
    const load = startLoad(tender);
    const longest: number[] = [];
    try {
      for (let restart = 0; restart < RESTARTS; restart += 1) {
        const { paid, delivered } = load;
        const [hadPaid, hadDelivered] = [paid.length, delivered.length];
        await eventually(() => {
          expect(paid.length).toBeGreaterThan(hadPaid + 5);
          expect(delivered.length).toBeGreaterThan(hadDelivered + 5);
        }, 60_000);
        await take();
        await postgres.start();
        const [before, deliveredBefore] = [paid.length, delivered.length];
        const start = performance.now();
        await eventually(async () => {
          expect(paid.length).toBeGreaterThan(before);
          expect(delivered.length).toBeGreaterThan(deliveredBefore);
          expect(await tender.worker.metric('worker_health')).toBe(1);
          expect(await tender.api.metric('health_check{check="database"}')).toBe(1);
        }, RECOVERY_MS);
        longest.push(performance.now() - start);
      }
    } finally {
      await load.end();
    }
    await tender.settled(60_000);
    const counted = await expectNothingLost(tender, load);
    const recovery = (Math.max(...longest) / 1_000).toFixed(1);
    process.stdout.write(`database ${name}: ${counted}, recovered within ${recovery} s\n`);
    expect([tender.api.pid, tender.worker.pid]).toEqual(pids);
    expect([tender.api.isRunning, tender.worker.isRunning]).toEqual([true, true]);
    await expectSameBooks(tender);
  },
  180_000 + RESTARTS * 60_000,
);
