/** L2: a transfer of a user with a million history entries takes as long as one of a user with a hundred. */
import { encodeEntry, headAfter, type JournalHead } from '@airlock/journal';
import { Ledger } from '../../../packages/programs/coordinator/src/ledger/ledger.ts';
import { encodeRow } from '../../../packages/programs/coordinator/src/ledger/state.ts';
import { openLevelStore } from '../../../packages/programs/coordinator/src/store/level-store.ts';
import {
  keyOf,
  type Operation,
  paddedNumber,
  type Store,
} from '../../../packages/programs/coordinator/src/store/store.ts';
import { judged, type Verdict } from '../../campaigns/light/verdict.ts';
import {
  BALANCE,
  inFolder,
  openFunded,
  timeCalls,
  transferIdAt,
  transferOf,
  userAt,
  usersOf,
} from './funded-ledger.ts';
import { medians, TURNS } from './rounds.ts';

export const HISTORY_GOAL = 1.2;
const SHORT_HISTORY = 100;
const USERS = 100;
const AT_ONCE = 256;
/** Transfers of one synced batch while the history is written. */
const BATCH_TRANSFERS = 10_000;

/** Everything that the ledger writes for transfers between two users which leave both as they were. */
export function pastTransfers(
  head: JournalHead,
  options: {
    /** Even, so that what goes comes back. */
    readonly count: number;
    readonly at: number;
    readonly firstTransfer: number;
    readonly users: readonly [string, string];
  },
): { readonly operations: Operation[]; readonly head: JournalHead } {
  const { count, at, firstTransfer, users } = options;
  const operations: Operation[] = [];
  const put = (key: string, value: string): unknown => operations.push({ type: 'put', key, value });
  let last = head;
  for (let i = 0; i < count; i += 1) {
    const number = last.number + 1;
    const order = i % 2 === 0 ? users : ([users[1], users[0]] as const);
    const event = transferOf(firstTransfer + i, { from: order[0], to: order[1] });
    const text = encodeEntry({ number, previous: last.hash, at, event });
    last = headAfter(number, text);
    put(keyOf('journal', paddedNumber(number)), text);
    put(keyOf('transfers', event.transferId), String(number));
    for (const [place, { userId, amount }] of event.entries.entries()) {
      const isFirst = userId === users[0];
      const moved = i % 2 === 0 ? (isFirst ? -3n : 3n) : 0n;
      const { type, transferId } = event;
      const row = { number, at, type, amount, balanceAfter: BALANCE + moved, transferId };
      put(keyOf('history', userId, `${paddedNumber(number)}.${place}`), encodeRow(row));
    }
  }
  return { operations, head: last };
}

/** Gives the first two users this many entries each, as past transfers between them. */
async function writeHistory(
  store: Store,
  head: JournalHead,
  options: { readonly entries: number; readonly users: readonly [string, string] },
): Promise<JournalHead> {
  const { entries, users } = options;
  let last = head;
  for (let done = 0; done < entries; done += BATCH_TRANSFERS) {
    const count = Math.min(BATCH_TRANSFERS, entries - done);
    const firstTransfer = last.number + 1;
    const part = pastTransfers(last, { count, at: Date.now(), firstTransfer, users });
    await store.batch(part.operations);
    last = part.head;
  }
  return last;
}

export async function judgeHistory(options: {
  readonly rounds: number;
  readonly transfers: number;
  /** Entries of the long history; even. */
  readonly entries: number;
}): Promise<Verdict> {
  const { rounds, transfers, entries } = options;
  const { first: longMs, second: shortMs } = await inFolder(async (folder) => {
    const store = await openLevelStore(folder);
    const { state } = await openFunded(store, usersOf(USERS));
    const [long, short] = [userAt(1), userAt(3)];
    const middle = await writeHistory(store, state.head, { entries, users: [long, userAt(2)] });
    await writeHistory(store, middle, { entries: SHORT_HISTORY, users: [short, userAt(4)] });
    const ledger = await Ledger.open(store, () => Date.now());
    let serial = 0;
    const time = (from: string): Promise<number> =>
      timeCalls({ count: transfers / TURNS, atOnce: AT_ONCE }, (number) => {
        serial += 1;
        const to = userAt(5 + (number % (USERS - 5)));
        const event = {
          ...transferOf(0, { from, to }),
          transferId: transferIdAt(2 ** 40 + serial),
        };
        return ledger.execute(({ record }) => record(event));
      });
    const found = await medians(rounds, { first: () => time(long), second: () => time(short) });
    await store.close();
    return found;
  });
  const ratio = longMs / shortMs;
  const each = (ms: number): string => `${((ms * 1000) / transfers).toFixed(0)} µs`;
  return judged(
    'L2',
    ratio <= HISTORY_GOAL,
    `a transfer with ${entries} history entries ${each(longMs)}, with ${SHORT_HISTORY} ` +
      `${each(shortMs)}: ${ratio.toFixed(2)} times, goal ${HISTORY_GOAL} times`,
  );
}
