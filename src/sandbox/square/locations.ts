import type { Work } from './account.ts';
import { notFound, refuse, succeed } from './errors.ts';
import type { Result } from './errors.ts';
import type { Location } from './model.ts';
import { presentLocation } from './present.ts';

/** What Square keeps of an online payment: 2.9 % and 30 minor units. Source: https://squareup.com/us/en/payments/our-fees */
const USUAL_FEE = { perMille: 29n, fixed: 30n };
const FEE_IN_JAPAN = { perMille: 36n, fixed: 0n };

/**
 * The locations of the account, the main one first. Each takes one currency, so there is one for each
 * country that Square serves, and one that has not been enabled for cards.
 */
export function openLocations(mainId: string): Location[] {
  const place = (
    id: string,
    name: string,
    currency: string,
    country: string,
    language: string,
    timezone: string,
    differs: Partial<Location> = {},
  ): Location => ({
    id,
    name,
    currency,
    country,
    language,
    timezone,
    takesCards: true,
    editsAmounts: true,
    fee: USUAL_FEE,
    ...differs,
  });
  return [
    place(mainId, 'Main', 'USD', 'US', 'en-US', 'America/Los_Angeles'),
    place('LSANDBOXCAD00', 'Toronto', 'CAD', 'CA', 'en-CA', 'America/Toronto'),
    place('LSANDBOXGBP00', 'London', 'GBP', 'GB', 'en-GB', 'Europe/London'),
    place('LSANDBOXEUR00', 'Dublin', 'EUR', 'IE', 'en-IE', 'Europe/Dublin'),
    place('LSANDBOXAUD00', 'Sydney', 'AUD', 'AU', 'en-AU', 'Australia/Sydney'),
    place('LSANDBOXJPY00', 'Tokyo', 'JPY', 'JP', 'ja-JP', 'Asia/Tokyo', {
      editsAmounts: false,
      fee: FEE_IN_JAPAN,
    }),
    place('LSANDBOXNOCARD', 'Cash only', 'USD', 'US', 'en-US', 'America/New_York', {
      takesCards: false,
    }),
  ];
}

/** The location that a request names, or the main one. */
export function findLocation(work: Work, id: string | undefined): Result<Location> {
  const { locations } = work.account;
  const wanted = id === undefined ? locations[0] : locations.find((one) => one.id === id);
  return wanted === undefined ? notFound('Location', id ?? '', 'location_id') : succeed(wanted);
}

/** A location takes cards only where Square has enabled it, and its own currency only. */
export function checkTakes(location: Location, currency: string): Result<null> {
  if (currency !== location.currency) {
    return refuse(
      'INVALID_VALUE',
      `This merchant can only process payments in ${location.currency}, but amount was provided in ${currency}`,
      { field: 'amount_money.currency' },
    );
  }
  if (location.takesCards) return succeed(null);
  return refuse(
    'CARD_PROCESSING_NOT_ENABLED',
    'The location is not enabled for credit card processing.',
    { status: 403, field: 'location_id' },
  );
}

/** `GET /v2/locations`, by name as Square lists them. */
export function listLocations(work: Work): Result<object> {
  const { locations, merchantId, openedMs } = work.account;
  const sorted = locations.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return succeed({
    locations: sorted.map((location) => presentLocation(location, merchantId, openedMs)),
  });
}

/** `GET /v2/locations/{location_id}`; the word `main` stands for the main location. */
export function retrieveLocation(
  work: Work,
  _: object,
  [id = '']: readonly string[],
): Result<object> {
  const found = findLocation(work, id === 'main' ? undefined : id);
  if (!found.ok) return found;
  const { merchantId, openedMs } = work.account;
  return succeed({ location: presentLocation(found.value, merchantId, openedMs) });
}
