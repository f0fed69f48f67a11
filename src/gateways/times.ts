import { z } from 'zod';

/** What the database and JSON take alike: the gateways did not exist before, and nobody waits for what is after. */
const EARLIEST = Date.UTC(1970, 0, 1);
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59);

/** A moment that can be stored and shown; what a schema takes for a time is one as well. */
export const Moment = z
  .date()
  .refine((date) => date.getTime() >= EARLIEST && date.getTime() <= LATEST, 'is out of bounds');

/** ISO 8601 with any offset, as Square and PayPal write it. */
export const TextTime = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .pipe(Moment);

/** Seconds since 1970, as Stripe writes it. */
export const UnixTime = z
  .int()
  .positive()
  .max(LATEST / 1_000)
  .transform((seconds) => new Date(seconds * 1_000));
