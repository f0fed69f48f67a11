/** Things that happen at a time of the sandbox's clock. */
export type Deadlines = {
  /** Lets `act` happen once the clock shows `atSeconds`; it has to check that it is still wanted. */
  add: (atSeconds: number, act: () => void) => void;
  /** Does all that is due by `nowSeconds`, the earliest first. */
  run: (nowSeconds: number) => void;
};

type Deadline = { atSeconds: number; act: () => void };

/** Builds an empty list. Most deadlines are added in the order in which they fall due. */
export function createDeadlines(): Deadlines {
  let waiting: Deadline[] = [];
  let done = 0;
  return {
    add(atSeconds, act) {
      let place = waiting.length;
      while (place > done && (waiting[place - 1]?.atSeconds ?? 0) > atSeconds) place -= 1;
      if (place === waiting.length) waiting.push({ atSeconds, act });
      else waiting.splice(place, 0, { atSeconds, act });
    },
    run(nowSeconds) {
      for (let next = waiting[done]; next !== undefined; next = waiting[done]) {
        if (next.atSeconds > nowSeconds) break;
        done += 1;
        next.act();
      }
      // Forgetting in large steps keeps the cost of one deadline constant on average.
      if (done > 1_000 && done * 2 > waiting.length) {
        waiting = waiting.slice(done);
        done = 0;
      }
    },
  };
}
