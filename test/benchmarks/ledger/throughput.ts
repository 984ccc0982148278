/** L1: transfers a second through the ledger, against LevelDB alone writing the very same batches. */
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
  /** The batches since the last look. */
  readonly take: () => Batch[];
  readonly close: () => Promise<void>;
}

/** A ledger on LevelDB whose users have money, and what it writes. */
export async function openRecorded(folder: string): Promise<Recorded> {
  const level = await openLevelStore(folder);
  let batches: Batch[] = [];
  const take = (): Batch[] => {
    const taken = batches;
    batches = [];
    return taken;
  };
  const store: Store = {
    ...level,
    batch: (operations) => {
      batches.push(operations);
      return level.batch(operations);
    },
  };
  const ledger = await openFunded(store, usersOf(USERS));
  return { ledger, take, close: level.close };
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
    const { ledger, take, close } = await openRecorded(join(folder, 'ledger'));
    const level = await openRaw(join(folder, 'raw'));
    await writeRaw(level, take());
    let serial = 0;
    const found = await medians(rounds, {
      first: () =>
        timeCalls({ count: transfers / TURNS, atOnce: AT_ONCE }, () => {
          serial += 1;
          const event = transferOf(serial, pairAt(serial, USERS));
          return ledger.execute(({ record }) => record(event));
        }),
      second: () => writeRaw(level, take()),
      inOrder: true,
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
