/** L1: transfers a second through the ledger, against LevelDB alone writing batches that the ledger made. */
import { join } from 'node:path';
import { Level } from 'level';
import type { Ledger } from '../../../packages/programs/coordinator/src/ledger/ledger.ts';
import { openLevelStore } from '../../../packages/programs/coordinator/src/store/level-store.ts';
import type { Operation, Store } from '../../../packages/programs/coordinator/src/store/store.ts';
import { judged, type Verdict } from '../../campaigns/light/verdict.ts';
import { inFolder, openFunded, pairAt, timeCalls, transferOf, usersOf } from './funded-ledger.ts';
import { medians, percent, rate, TURNS } from './rounds.ts';

export const THROUGHPUT_GOAL = 0.5;
const USERS = 1_000;
/** Commands under way, so that many share a batch. */
const AT_ONCE = 256;

type Batch = readonly Operation[];

export interface Recorded {
  readonly ledger: Ledger;
  /** Does something with the ledger, and gives the batches that it wrote. */
  readonly record: (work: () => Promise<unknown>) => Promise<Batch[]>;
  readonly close: () => Promise<void>;
}

/** A ledger on LevelDB whose users have money. */
export async function openRecorded(folder: string): Promise<Recorded> {
  const level = await openLevelStore(folder);
  let batches: Batch[] | null = null;
  const store: Store = {
    ...level,
    batch: (operations) => {
      batches?.push(operations);
      return level.batch(operations);
    },
  };
  const record = async (work: () => Promise<unknown>): Promise<Batch[]> => {
    const recorded: Batch[] = [];
    batches = recorded;
    await work();
    batches = null;
    return recorded;
  };
  const ledger = await openFunded(store, usersOf(USERS));
  return { ledger, record, close: level.close };
}

/** Milliseconds of LevelDB for batches, each synced, written the fastest way that it has. */
export async function writeRaw(
  level: Level<string, string>,
  batches: readonly Batch[],
): Promise<number> {
  const began = process.hrtime.bigint();
  for (const operations of batches) {
    const batch = level.batch();
    for (const operation of operations) {
      if (operation.type === 'put') batch.put(operation.key, operation.value);
      else batch.del(operation.key);
    }
    await batch.write({ sync: true });
  }
  return Number(process.hrtime.bigint() - began) / 1e6;
}

export async function judgeThroughput(options: {
  readonly rounds: number;
  readonly transfers: number;
}): Promise<Verdict> {
  const { rounds, transfers } = options;
  const { first: ledgerMs, second: rawMs } = await inFolder(async (folder) => {
    const { ledger, record, close } = await openRecorded(join(folder, 'ledger'));
    const level = await openRaw(join(folder, 'raw'));
    let serial = 0;
    const book = (): Promise<number> =>
      timeCalls({ count: transfers / TURNS, atOnce: AT_ONCE }, () => {
        serial += 1;
        const event = transferOf(serial, pairAt(serial, USERS));
        return ledger.execute((command) => command.record(event));
      });
    const found = await medians(rounds, {
      first: book,
      // Recorded apart: to hold on to each batch of the turn that counts would cost it a sixth of its time.
      second: async () => writeRaw(level, await record(book)),
    });
    await Promise.all([close(), level.close()]);
    return found;
  });
  const share = rawMs / ledgerMs;
  return judged(
    'L1',
    share >= THROUGHPUT_GOAL,
    `transfers ${rate(transfers, ledgerMs)}, LevelDB alone with the same batches ` +
      `${rate(transfers, rawMs)}: ${percent(share)}, goal ${percent(THROUGHPUT_GOAL)}`,
  );
}

export async function openRaw(folder: string): Promise<Level<string, string>> {
  const encodings = { keyEncoding: 'utf8', valueEncoding: 'utf8' } as const;
  const level = new Level<string, string>(folder, { ...encodings, writeBufferSize: 16 * 2 ** 20 });
  await level.open();
  return level;
}
