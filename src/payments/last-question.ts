import type { GatewayOutcome } from '../domain/outcome.ts';
import type { Gateway } from '../gateways/gateway.ts';

/**
 * How long a call is left alone whose gateway has no credentials here any more, in milliseconds: as long as any gateway
 * remembers a key.
 */
const WITHOUT_GATEWAY_MS = 24 * 3_600_000;

/** What comes of the last question about a call whose outcome is unknown. */
export type LastAnswer<T> =
  /** The gateway has told after all; `null` where there is nothing at it that it could tell of. */
  | { kind: 'told'; outcome: GatewayOutcome<T> | null }
  /** It may still tell: nobody else may say what became of the call. */
  | { kind: 'may_tell'; detail: string; untilMs: number | null }
  /** It was asked everything and does not tell, or it cannot be asked any more. */
  | { kind: 'silent'; wasAsked: boolean };

/**
 * Finds out whether a gateway can still tell what became of a call, by asking it once more.
 *
 * While it remembers the key, the call can be repeated, and what was not done may still be done. A gateway that is away
 * may tell when it is back. Only one that has no credentials here cannot be asked.
 *
 * @param ageMs how long ago the call was written down
 * @param ask asks what there is to ask once the key is forgotten
 */
export async function askForTheLastTime<T>(
  gateway: Pick<Gateway, 'name' | 'capabilities'> | undefined,
  ageMs: number,
  ask: () => Promise<GatewayOutcome<T> | null>,
): Promise<LastAnswer<T>> {
  const openMs = leftAloneMs(gateway) - ageMs;
  if (openMs >= 0) {
    const why = gateway
      ? `${gateway.name} remembers the call's key, and is asked with it again and again`
      : 'The gateway has no credentials here; with them it could tell';
    return { kind: 'may_tell', detail: `${why}.`, untilMs: openMs };
  }
  if (!gateway) return { kind: 'silent', wasAsked: false };
  const outcome = await ask();
  if (outcome === null || outcome.kind !== 'unknown') return { kind: 'told', outcome };
  if (outcome.error.code === CANNOT_TELL) return { kind: 'silent', wasAsked: true };
  const why =
    outcome.error.category === 'authentication'
      ? `does not accept our credentials. Mend them; if the account is closed for good, take them away`
      : `could not be asked just now (${outcome.error.code})`;
  return { kind: 'may_tell', detail: `${gateway.name} ${why}.`, untilMs: null };
}

/** For how long after its beginning nobody decides about a call, in milliseconds. */
export function leftAloneMs(gateway: Pick<Gateway, 'capabilities'> | undefined): number {
  return gateway?.capabilities.keyLifetimeMs ?? WITHOUT_GATEWAY_MS;
}

/** The code of an outcome that stays unknown although the gateway answered. */
export const CANNOT_TELL = 'cannot_tell';
