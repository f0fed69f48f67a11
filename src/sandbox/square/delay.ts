import { refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long a payment that was not taken in person may wait, which is also how long it waits unasked. */
const LONGEST_MS = 7 * DAY_MS;
const USUAL = 'PT168H';

const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;

/**
 * Reads a `delay_duration` such as `PT36H` or `P7D`: one minute to seven days.
 * Source: https://developer.squareup.com/docs/payments-api/take-payments/card-payments/delayed-capture
 */
export function readDelay(duration: string | undefined): Result<{ text: string; ms: number }> {
  if (duration === undefined) return succeed({ text: USUAL, ms: LONGEST_MS });
  const [whole, days = '0', hours = '0', minutes = '0', seconds = '0'] =
    DURATION.exec(duration) ?? [];
  const ms =
    Number(days) * DAY_MS +
    Number(hours) * HOUR_MS +
    Number(minutes) * MINUTE_MS +
    Number(seconds) * 1000;
  if (whole === undefined || ms < MINUTE_MS || ms > LONGEST_MS) {
    return refuse('INVALID_VALUE', 'The delay must be a duration from one minute to seven days.', {
      field: 'delay_duration',
    });
  }
  return succeed({ text: duration, ms });
}
