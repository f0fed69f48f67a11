import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  admit,
  afterCall,
  CLOSED,
  FAILURES_TO_OPEN,
  FIRST_PAUSE_MS,
  LONGEST_PAUSE_MS,
  PROBE_MS,
  SUCCESSES_TO_CLOSE,
  type Breaker,
  type CallHealth,
} from './circuit-breaker.ts';

const T0 = new Date('2026-01-01T00:00:00Z');
const after = (ms: number) => new Date(T0.getTime() + ms);

function calls(breaker: Breaker, health: CallHealth, count: number, now = T0): Breaker {
  let last = breaker;
  for (let i = 0; i < count; i += 1) last = afterCall(last, health, now);
  return last;
}

const open = calls(CLOSED, 'in_trouble', FAILURES_TO_OPEN);

test('it opens after several failures in a row, and a success in between starts the count anew', () => {
  const almost = calls(CLOSED, 'in_trouble', FAILURES_TO_OPEN - 1);
  expect(almost.state).toBe('closed');
  expect(calls(afterCall(almost, 'healthy', T0), 'in_trouble', FAILURES_TO_OPEN - 1).state).toBe(
    'closed',
  );
  expect(open).toEqual({
    state: 'open',
    streak: 0,
    openedAt: T0,
    openings: 1,
    probeAt: after(FIRST_PAUSE_MS),
  });
});

test('while it is open nothing goes through until the pause is over, and then one probe at a time', () => {
  expect(admit(open, after(FIRST_PAUSE_MS - 1))).toBeNull();
  const probing = admit(open, after(FIRST_PAUSE_MS));
  expect(probing?.state).toBe('half_open');
  expect(admit(probing as Breaker, after(FIRST_PAUSE_MS + 1))).toBeNull();
  // Nobody heard of the first probe: another one may go.
  expect(admit(probing as Breaker, after(FIRST_PAUSE_MS + PROBE_MS))).not.toBeNull();
});

test('probes that go well close it, one that does not opens it for longer, up to a limit', () => {
  const probing = admit(open, after(FIRST_PAUSE_MS)) as Breaker;
  const once = afterCall(probing, 'healthy', after(FIRST_PAUSE_MS));
  expect(admit(once, after(FIRST_PAUSE_MS))).not.toBeNull();
  expect(calls(probing, 'healthy', SUCCESSES_TO_CLOSE)).toEqual(CLOSED);

  const again = afterCall(probing, 'in_trouble', T0);
  expect(again).toMatchObject({ state: 'open', openings: 2, openedAt: T0 });
  expect(again.probeAt).toEqual(after(2 * FIRST_PAUSE_MS));
  let last = again;
  for (let i = 0; i < 50; i += 1) {
    last = afterCall(admit(last, last.probeAt as Date) as Breaker, 'in_trouble', T0);
  }
  expect(last.probeAt).toEqual(after(LONGEST_PAUSE_MS));
});

test('a call that went well although it was open earns a probe at once', () => {
  const better = afterCall(open, 'healthy', after(1));
  expect(better.state).toBe('half_open');
  expect(admit(better, after(1))).not.toBeNull();
});

test('whatever happened, a gateway that is well takes payments again, soon after it was last in trouble', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom<CallHealth>('healthy', 'in_trouble'), fc.nat(60_000)), {
        maxLength: 200,
      }),
      (history) => {
        let now = T0.getTime();
        let breaker = CLOSED;
        for (const [health, pause] of history) {
          now += pause;
          const admitted = admit(breaker, new Date(now));
          if (admitted) breaker = afterCall(admitted, health, new Date(now));
        }
        const deadline = now + LONGEST_PAUSE_MS;
        for (let step = 0; step <= SUCCESSES_TO_CLOSE; step += 1) {
          now = Math.max(now, breaker.probeAt?.getTime() ?? now);
          const admitted = admit(breaker, new Date(now));
          if (!admitted) throw new Error('a probe that was due was refused');
          breaker = afterCall(admitted, 'healthy', new Date(now));
        }
        expect(breaker).toEqual(CLOSED);
        expect(now).toBeLessThanOrEqual(deadline);
      },
    ),
  );
});

test('it closes after exactly as many good probes in a row, and a bad one starts the count anew', () => {
  const probing = admit(open, after(FIRST_PAUSE_MS)) as Breaker;
  const almost = calls(probing, 'healthy', SUCCESSES_TO_CLOSE - 1, after(9));
  expect(almost).toMatchObject({ state: 'half_open', streak: SUCCESSES_TO_CLOSE - 1 });
  expect(almost.probeAt).toEqual(after(9));
  // The next probe counts on.
  expect(admit(almost, after(9))).toMatchObject({ streak: SUCCESSES_TO_CLOSE - 1 });
  expect(afterCall(almost, 'in_trouble', T0)).toMatchObject({ state: 'open', streak: 0 });
});

test('what fails while it is open tells nothing new, and what goes well while it is closed neither', () => {
  expect(afterCall(open, 'in_trouble', after(1))).toBe(open);
  expect(afterCall(CLOSED, 'healthy', T0)).toBe(CLOSED);
  expect(admit(CLOSED, T0)).toBe(CLOSED);
  const shaken = calls(CLOSED, 'in_trouble', 1);
  expect(afterCall(shaken, 'healthy', T0)).toEqual(CLOSED);
});

test('a probe begins a count of its own, and one that opened it long ago is not forgotten', () => {
  const late = admit({ ...open, streak: 1 }, after(FIRST_PAUSE_MS));
  expect(late).toEqual({
    state: 'half_open',
    streak: 0,
    openedAt: T0,
    openings: 1,
    probeAt: after(FIRST_PAUSE_MS + PROBE_MS),
  });
  const again = afterCall(late as Breaker, 'in_trouble', after(50_000));
  expect(again.openedAt).toEqual(T0);
  expect(admit({ ...open, probeAt: null }, T0)).not.toBeNull();
});

test('how many failures it takes can be said', () => {
  const once = afterCall(CLOSED, 'in_trouble', T0, 2);
  expect(once.state).toBe('closed');
  expect(afterCall(once, 'in_trouble', T0, 2).state).toBe('open');
});
