import { drawFaults, type DrawnFault, type FaultKind } from './faults/draw.ts';
import type { Purchase } from './load/purchase.ts';
import { drawPurchase, type Story } from './load/stories.ts';
import { seededRandom, type Random } from './random.ts';

/** In which purchases and faults begin, in milliseconds. */
const WINDOW_MS = 3_500;

export interface PlanOptions {
  seed: string;
  /** The schedule's number; with the seed it says everything that is drawn. */
  number: number;
  /** The kinds of faults that are to occur; without any all of them may. */
  wanted?: readonly FaultKind[];
  /** The story that every other customer is to have. */
  story?: string | null;
}

/** What one customer is going to do, and from when on, in milliseconds after the beginning. */
export interface Customer {
  purchase: Purchase;
  story: Story;
  startsAtMs: number;
  random: Random;
}

/** All that is drawn of a schedule before it begins. */
export interface Plan {
  faults: DrawnFault[];
  customers: Customer[];
  /** From which the application draws. */
  random: Random;
}

/** Draws a schedule: the same seed and number give the same faults and customers. */
export function drawPlan({ seed, number, wanted = [], story = null }: PlanOptions): Plan {
  const name = `${seed}-${number}`;
  const random = seededRandom(name);
  const load = random.fork('load');
  return {
    faults: drawFaults(random.fork('faults'), WINDOW_MS, wanted),
    customers: Array.from({ length: load.between(12, 20) }, (_, index) => {
      const own = load.fork(String(index));
      const drawn = drawPurchase(own, `${name}-${index}`, story);
      return { ...drawn, startsAtMs: own.between(0, WINDOW_MS), random: own };
    }),
    random: random.fork('client'),
  };
}
