/** Webhooks over a ledger of made-up events, with a real receiver and timers that a test moves. */
import type { SecretWebhookEndpoint } from '@airlock/api';
import type { JournalEvent } from '@airlock/journal';
import { Ledger } from '../../src/ledger/ledger.ts';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createWebhookSender, type WebhookSender } from '../../src/webhooks/http-sender.ts';
import { Webhooks } from '../../src/webhooks/webhooks.ts';
import { user } from '../booked.ts';
import { ManualTimers, until } from '../manual-timers.ts';
import { seededRandom } from '../world.ts';
import type { HookServer } from './hook-server.ts';

/** Longer than any pause before a try. */
export const LONGEST_MS: number = 8 * 3_600_000;

export interface Hooked {
  readonly ledger: Ledger;
  readonly store: Store;
  readonly webhooks: Webhooks;
  readonly timers: ManualTimers;
  readonly logged: string[];
  readonly record: (...events: readonly JournalEvent[]) => Promise<unknown>;
  /** Creates that many users. */
  readonly grow: (count: number) => Promise<void>;
  /** An endpoint at a receiver that begins with the first event. */
  readonly create: (
    server: HookServer,
    types?: readonly string[],
  ) => Promise<SecretWebhookEndpoint>;
  /** Lets the pause before the next try pass. */
  readonly pass: () => Promise<void>;
}

export async function openHooked(
  options: {
    readonly store?: Store;
    readonly timers?: ManualTimers;
    readonly seed?: string;
    readonly send?: WebhookSender;
  } = {},
): Promise<Hooked> {
  const { store = createMemoryStore(), timers = new ManualTimers(), seed = 'hooked' } = options;
  const { send = createWebhookSender(300) } = options;
  const ledger = await Ledger.open(store, timers.now);
  const logged: string[] = [];
  const { now } = timers;
  const log = (line: string): void => void logged.push(line);
  const random = seededRandom(seed);
  const webhooks = await Webhooks.open({ ledger, store, now, timers, random, send, log });
  webhooks.start();
  const record = (...events: readonly JournalEvent[]): Promise<unknown> =>
    ledger.execute((command) => events.map(command.record));
  return {
    ledger,
    store,
    webhooks,
    timers,
    logged,
    record,
    grow: async (count) => {
      for (let i = 0; i < count; i += 1) await record(user(`u${ledger.durable.number}`));
    },
    create: ({ url }, types) => webhooks.create({ url, types, after: 0 }),
    pass: async () => {
      await until('a pause before the next try', () => timers.waits.length > 0);
      timers.advance(LONGEST_MS);
    },
  };
}
