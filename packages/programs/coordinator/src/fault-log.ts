/** Faults that last over many rounds, said once: again only when what is wrong is something else. */

export class FaultLog {
  readonly #log: (line: string) => void;
  /** By what has the fault. */
  readonly #faults = new Map<string, string>();

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** Says what is wrong with something, unless it was the last thing said of it. */
  tell(name: string, fault: string): void {
    if (this.#faults.get(name) !== fault) this.#log(`${name}: ${fault}`);
    this.#faults.set(name, fault);
  }

  /** Runs something. What it throws is told, and keeps nothing else from running. */
  async supervise(name: string, run: () => Promise<unknown>): Promise<void> {
    try {
      await run();
      if (this.clear(name)) this.#log(`${name}: working again`);
    } catch (cause) {
      this.tell(name, faultOf(cause));
    }
  }

  /** Nothing is wrong with it any more. @returns whether something was */
  clear(name: string): boolean {
    return this.#faults.delete(name);
  }
}

/** What was thrown, for people. */
export function faultOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : 'failed';
}
