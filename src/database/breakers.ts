import type { Breaker } from '../domain/circuit-breaker.ts';
import type { Database } from './database.ts';
import { jsonText } from './json-text.ts';

/** A breaker with what opened it. */
export interface StoredBreaker extends Breaker {
  cause: { category: string; code: string } | null;
}

/** A breaker as it was read. */
export interface ReadBreaker extends StoredBreaker {
  /** Until the next probe may go, by the database's clock, in milliseconds; `null` while closed. */
  probeInMs: number | null;
}

/** The breakers of all gateways that were ever in trouble. */
export async function readBreakers(db: Database): Promise<ReadonlyMap<string, ReadBreaker>> {
  const rows = await db.run(
    'breakers_read',
    (sql) => sql<(ReadBreaker & { gateway: string })[]>`
      SELECT gateway, state, streak, opened_at, openings, probe_at, cause,
             (extract(epoch FROM probe_at - now()) * 1000)::float8 AS probe_in_ms
        FROM gateway_breakers`,
  );
  return new Map(rows.map(({ gateway, ...breaker }) => [gateway, breaker]));
}

/**
 * Moves a breaker on from where it stands for all processes, one after the other.
 *
 * @param next is given the database's time; `null` leaves it as it is
 * @returns the breaker before and after, or `null` where it was left
 */
export async function moveBreaker(
  db: Database,
  gateway: string,
  next: (breaker: StoredBreaker, now: Date) => StoredBreaker | null,
): Promise<{ before: StoredBreaker; after: StoredBreaker } | null> {
  return db.run('breaker_move', (sql) =>
    sql.begin(async (transaction) => {
      await transaction`
        INSERT INTO gateway_breakers (gateway, state, streak, openings) VALUES (${gateway}, 'closed', 0, 0)
            ON CONFLICT DO NOTHING`;
      const [row] = await transaction<(StoredBreaker & { now: Date })[]>`
        SELECT state, streak, opened_at, openings, probe_at, cause, clock_timestamp() AS now
          FROM gateway_breakers WHERE gateway = ${gateway} FOR UPDATE`;
      if (!row) throw new Error('a breaker was made and is not there');
      const { now, ...before } = row;
      const after = next(before, now);
      if (after === null) return null;
      await transaction`
        UPDATE gateway_breakers
           SET state = ${after.state}, streak = ${after.streak}, opened_at = ${after.openedAt},
               openings = ${after.openings}, probe_at = ${after.probeAt},
               cause = ${jsonText(after.cause)}::jsonb
         WHERE gateway = ${gateway}`;
      return { before, after };
    }),
  );
}
