/** What is away fails every attempt to reach it; one line a minute says enough. */
export function onceAMinute(report: (error: unknown) => void): (error: unknown) => void {
  let reportedAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (performance.now() - reportedAt < 60_000) return;
    reportedAt = performance.now();
    report(error);
  };
}
