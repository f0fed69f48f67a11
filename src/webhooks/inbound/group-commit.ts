import { Overloaded } from '../../overloaded.ts';

/**
 * The items that one commit takes at most: enough to share its cost, and so few that there is something left to read and
 * to answer while it waits for the disk, of some hundred requests at a time.
 */
const MAX_BATCH = 100;

interface Waiting<T, R> {
  item: T;
  resolve: (result: R) => void;
  reject: (error: unknown) => void;
}

/**
 * Commits items that arrive together together: one commit costs nearly the same for one row as for a hundred.
 *
 * A batch leaves when the event loop has read everything that lies ready, so that batching costs no latency and what
 * came in one turn of the loop is not torn apart: a commit of one row delays the many behind it. One batch is under way
 * at a time: while it waits for the disk the next is filled, and two half as large cost the database a quarter more. A
 * batch that fails is tried again item by item, so that one bad item takes none of its neighbours along.
 */
export class GroupCommit<T, R> {
  readonly #commit: (items: T[]) => Promise<R[]>;
  readonly #maxWaiting: number;
  readonly #waiting: Waiting<T, R>[] = [];
  #isUnderWay = false;
  #isPlanned = false;

  /**
   * @param commit writes all items or none, and gives a result for each in the same order
   * @param maxWaiting how many items may wait before new ones are refused
   */
  constructor(commit: (items: T[]) => Promise<R[]>, maxWaiting = 5_000) {
    this.#commit = commit;
    this.#maxWaiting = maxWaiting;
  }

  /** Resolves once the item is committed. */
  add(item: T): Promise<R> {
    if (this.#waiting.length >= this.#maxWaiting) {
      return Promise.reject(new Overloaded('webhooks', `${this.#waiting.length} items wait`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#plan();
    });
  }

  #plan(): void {
    // The end of the batch that is under way plans the next one.
    if (this.#isPlanned || this.#isUnderWay) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      this.#next();
    });
  }

  #next(): void {
    if (this.#waiting.length === 0) return;
    this.#isUnderWay = true;
    void this.#write(this.#waiting.splice(0, MAX_BATCH)).finally(() => {
      this.#isUnderWay = false;
      this.#plan();
    });
  }

  async #write(batch: Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.#commit(batch.map((each) => each.item));
      batch.forEach((each, index) => each.resolve(results[index] as R));
    } catch (error) {
      const [only] = batch;
      if (batch.length === 1) return only?.reject(error);
      for (const each of batch) await this.#write([each]);
    }
  }
}
