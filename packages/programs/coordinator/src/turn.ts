/** Work that takes turns: what changes one thing does so one after another, in the order of asking. */

export class Turn {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs the work when all before it has ended, however it ended. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
