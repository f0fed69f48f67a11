import { runInNewContext } from 'node:vm';
import { setFlagsFromString } from 'node:v8';
import { expect, onTestFinished, test } from 'vitest';
import type { Gateway } from '../../src/gateways/gateway.ts';
import { createTransport } from '../../src/gateways/transport.ts';
import { startStripeSandbox } from '../../src/sandbox/stripe/start.ts';
import { fillSandbox, insertCaptured, reconcile, stripeAt } from '../support/reconciliation.ts';
import { createDatabase, openDatabase } from '../support/services/postgres.ts';
import { KEYS } from '../support/tender.ts';

const MOVEMENTS = 20_000;
/** How many pages are read between two looks at what is in use. */
const PAGES = 20;
/** Held in memory, a tenth of the records would take more. */
const MOST_MEGABYTES = 3;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function megabytesInUse(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_000_000;
}

/** The gateway, looking at what is in use when a few pages were read, and as often again. */
function watched(gateway: Gateway, look: () => void): Gateway {
  let pages = 0;
  return {
    ...gateway,
    listSettlementRecords: (...call) => {
      if (pages % PAGES === PAGES - 1) look();
      pages += 1;
      return gateway.listSettlementRecords(...call);
    },
  };
}

test('a run over 20,000 movements holds no more of them in memory at its end than at its beginning', async () => {
  const database = await createDatabase();
  const db = openDatabase(database.runtimeUrl);
  const sandbox = await startStripeSandbox({ port: 0, ...KEYS });
  const transport = createTransport({ connectTimeoutMs: 5_000, totalTimeoutMs: 30_000 });
  onTestFinished(async () => {
    await db.close();
    await transport.close();
    await sandbox.close();
  });
  await insertCaptured(db, 'stripe', await fillSandbox(sandbox.url, MOVEMENTS, 0));

  const inUse: number[] = [];
  const gateway = watched(stripeAt(sandbox.url, transport), () => inUse.push(megabytesInUse()));
  const run = await reconcile(db, gateway);
  inUse.push(megabytesInUse());

  expect(run).toMatchObject({ status: 'finished', pulled: BigInt(MOVEMENTS) });
  expect(inUse.length).toBeGreaterThan(MOVEMENTS / 100 / PAGES);
  // Until the first look code was compiled and connections were opened.
  const [, first = 0, ...rest] = inUse;
  for (const later of rest) {
    expect(later - first, `megabytes in use: ${inUse.join(', ')}`).toBeLessThan(MOST_MEGABYTES);
  }
}, 240_000);
