/** The store on LevelDB. Batches are synced; LevelDB's own lock keeps a second process out. */
import { Level } from 'level';
import { CoordinatorError } from '../error.ts';
import type { Range, Store } from './store.ts';

/** @throws CoordinatorError store_unavailable if another process has it open or it cannot be read */
export async function openLevelStore(folder: string): Promise<Store> {
  const level = new Level<string, string>(folder, { keyEncoding: 'utf8', valueEncoding: 'utf8' });
  try {
    await level.open();
  } catch (cause) {
    const detail = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const reason = detail instanceof Error ? detail.message : 'unknown';
    throw new CoordinatorError(
      'store_unavailable',
      `the store in ${folder} does not open: ${reason}`,
      {
        next: 'make sure that no other coordinator runs on this folder and that it can be written',
        cause,
      },
    );
  }
  return {
    get: async (key) => (await level.get(key)) ?? null,
    batch: async (operations) => {
      await level.batch([...operations], { sync: true });
    },
    entries: ({ from, to, limit, reverse }: Range) =>
      level.iterator({
        gte: from,
        lt: to,
        ...(limit === undefined ? {} : { limit }),
        ...(reverse === undefined ? {} : { reverse }),
      }),
    close: () => level.close(),
  };
}
