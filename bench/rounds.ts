/** Does its work for about as long as it is told, and results in a figure. */
export type Turn<Figure> = (seconds: number) => Promise<Figure>;

/** How contestants take turns: each in every round, so that what disturbs the machine disturbs them all. */
export interface Rounds {
  /** The length of the turn that does not count. */
  readonly warmUpSeconds: number;
  /**
   * Gives each contestant one turn that does not count, and then its turn in every round.
   *
   * @returns the figures of each contestant, round by round
   */
  run<Name extends string, Figure>(
    contestants: Readonly<Record<Name, Turn<Figure>>>,
  ): Promise<Record<Name, Figure[]>>;
}

/**
 * Plans rounds.
 *
 * @param seconds the length of a turn
 * @param warmUpSeconds the length of the first turn, in which code is compiled and statements are prepared
 */
export function planRounds({
  count,
  seconds,
  warmUpSeconds,
}: {
  count: number;
  seconds: number;
  warmUpSeconds: number;
}): Rounds {
  return {
    warmUpSeconds,
    async run<Name extends string, Figure>(contestants: Readonly<Record<Name, Turn<Figure>>>) {
      const names = Object.keys(contestants) as Name[];
      for (const name of names) await contestants[name](warmUpSeconds);
      const figures = Object.fromEntries(names.map((name) => [name, [] as Figure[]])) as Record<
        Name,
        Figure[]
      >;
      for (let round = 0; round < count; round += 1) {
        for (const name of names) figures[name].push(await contestants[name](seconds));
      }
      return figures;
    },
  };
}
