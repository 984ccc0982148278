/** The built coordinator as a process that is killed again and again, and started on the same data. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Launched, launch } from '../../../scripts/programs.ts';
import { pick, type Random } from '../decoders/random.ts';

/** `start`: before or while it opens; `reply`: the moment an answer came; `time`: any moment. */
export const KILLS = ['start', 'reply', 'time'] as const;
export type Kill = (typeof KILLS)[number];

/** Longer than it takes to listen on a busy machine. */
const START_MS_MAX = 700;
const REPLIES_MAX = 30;
const TIME_MS_MAX = 250;

export class KilledCoordinator {
  readonly kills: Kill[] = [];
  readonly #file: string;
  readonly #args: readonly string[];
  readonly #random: Random;
  #running: Launched;
  #onReply: () => void = () => undefined;

  constructor(
    { file, args }: { readonly file: string; readonly args: readonly string[] },
    random: Random,
  ) {
    this.#file = file;
    this.#args = args;
    this.#random = random;
    this.#running = this.#launch();
  }

  #launch(): Launched {
    const launched = launch(this.#file, this.#args);
    // One that is killed before it listens is no fault.
    launched.listening.catch(() => undefined);
    return launched;
  }

  /** To be called as soon as an answer has come. */
  noteReply(): void {
    this.#onReply();
  }

  /** Resolves when it listens. @throws ProgramFailed if it ends by itself */
  listening(): Promise<void> {
    return this.#running.listening;
  }

  /** Kills it at a moment of this kind, and starts it again. */
  async killOnce(kill: Kill): Promise<void> {
    if (kill === 'start') await sleep(this.#random(START_MS_MAX));
    else {
      await this.listening();
      await (kill === 'time' ? sleep(this.#random(TIME_MS_MAX)) : this.#replies());
    }
    await this.restart();
    this.kills.push(kill);
  }

  /** Resolves when so many answers have come, or none any more. */
  #replies(): Promise<void> {
    let left = 1 + this.#random(REPLIES_MAX);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, TIME_MS_MAX * 4);
      this.#onReply = () => {
        left -= 1;
        if (left > 0) return;
        clearTimeout(timer);
        // At once: whatever is to follow the answer must not have to.
        this.#running.process.kill('SIGKILL');
        resolve();
      };
    });
  }

  async restart(): Promise<void> {
    await this.kill();
    this.#running = this.#launch();
  }

  async kill(): Promise<void> {
    this.#onReply = () => undefined;
    await this.#running.kill();
  }

  /** A kind of kill, by chance. */
  any(): Kill {
    return pick(this.#random, KILLS);
  }
}
