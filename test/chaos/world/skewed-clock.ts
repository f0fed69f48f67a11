/** Loaded before a process whose clock is to be wrong by so many seconds; what measures durations goes on rightly. */
const offsetMs = Number(process.env['CHAOS_CLOCK_OFFSET_SECONDS'] ?? '0') * 1_000;
const RealDate = Date;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, given, newTarget) =>
    Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget) as Date,
  get: (target, name, receiver) =>
    name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown),
});

function now(): number {
  return RealDate.now() + offsetMs;
}

export {};
