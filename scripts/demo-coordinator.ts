/** The demo's coordinator: killed at seeded moments and started again, and a client that outlives it. */
import { type ApiClient, ApiError, type OperationId } from '@airlock/api';
import { type Service, startService } from './programs.ts';

interface RestarterOptions {
  readonly data: string;
  readonly port: number;
  readonly nodeUrl: string;
  readonly kills: number;
  readonly seed: number;
  readonly say: (text: string) => void;
}

/** Numbers of 0 to 1 from a seed (xorshift32). */
function seeded(seed: number): () => number {
  let state = (seed * 2_654_435_761) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const KILL_AFTER_MS = { min: 50, max: 900 };

export class Restarter {
  readonly #options: RestarterOptions;
  readonly #random: () => number;
  #service: Service | null = null;
  #stopped = false;
  #killing: Promise<void> = Promise.resolve();
  killed = 0;

  constructor(options: RestarterOptions) {
    this.#options = options;
    this.#random = seeded(options.seed);
  }

  async #launch(): Promise<void> {
    const { data, port, nodeUrl } = this.#options;
    const network = ['--network', 'private', '--node', nodeUrl, '--magnitude', '3'];
    const args = ['serve', '--data', data, '--port', String(port), '--round-ms', '300', ...network];
    this.#service = await startService('airlock-coordinator', args);
  }

  async start(): Promise<void> {
    await this.#launch();
    this.#killing = this.#killLoop();
  }

  async #killLoop(): Promise<void> {
    const { kills, say } = this.#options;
    while (this.killed < kills && !this.#stopped) {
      const span = KILL_AFTER_MS.max - KILL_AFTER_MS.min;
      const pause = KILL_AFTER_MS.min + this.#random() * span;
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (this.#stopped) return;
      await this.#service?.kill();
      this.killed += 1;
      say(`kill -9 (${this.killed} of ${kills}), ${Math.round(pause)} ms after its start`);
      await this.#launch();
    }
  }

  /** Resolves when all kills were made and the coordinator runs again. */
  async finishKills(): Promise<void> {
    await this.#killing;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#killing.catch(() => undefined);
    await this.#service?.stop();
  }
}

const RETRIES = 200;
const RETRY_AFTER_MS = 100;

/** Whether a repeated call may still succeed: no connection, or a 5xx, or the first one still runs. */
function isPassing(cause: unknown): boolean {
  if (!(cause instanceof ApiError)) return true;
  return cause.status >= 500 || cause.code === 'idempotency_in_progress';
}

/** Repeats calls until they are answered, as a client of the API should: same key, same body. */
export function persistentClient(client: ApiClient): ApiClient {
  const persistent: ApiClient = {
    call: async (operation, input, options) => {
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await client.call(operation, input, options);
        } catch (cause) {
          const wasDone = attempt > 0 && cause instanceof ApiError && cause.code === 'user_exists';
          if (wasDone && (operation as OperationId) === 'createUser') {
            const { id } = (input?.body ?? {}) as { readonly id?: string };
            // It may be killed at this call, too.
            return (await persistent.call('getUser', { params: { id: id ?? '' } })) as never;
          }
          if (!isPassing(cause) || attempt >= RETRIES) throw cause;
          await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS));
        }
      }
    },
  };
  return persistent;
}
