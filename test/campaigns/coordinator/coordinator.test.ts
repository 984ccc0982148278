/** A slice of the coordinator's campaign: nothing lost or doubled without a fault, and a planted one is found. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ledger } from '../../../packages/programs/coordinator/src/ledger/ledger.ts';
import { openLevelStore } from '../../../packages/programs/coordinator/src/store/level-store.ts';
import {
  keyOf,
  type Operation,
  paddedNumber,
} from '../../../packages/programs/coordinator/src/store/store.ts';
import { plant, sourceOf } from '../planted.ts';
import { runCampaign } from './campaign.ts';
import { readChain } from './chain.ts';
import { FAULTS, findFault } from './faults.ts';
import { Recount } from './recount.ts';

const FILE = join(process.cwd(), 'dist/airlock-coordinator.mjs');
const RUNS = 2;
/** Within so many runs the quick fault is found. */
const QUICK_RUNS = 6;

test(`${RUNS} runs: killed, started again, and nothing is lost or doubled`, async () => {
  const { runs, violations, kills, operations } = await runCampaign({
    ...{ first: 1, runs: RUNS, workers: 2, file: FILE },
  });
  expect(violations).toEqual([]);
  expect(runs).toBe(RUNS);
  expect(Object.values(kills).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(RUNS);
  for (const name of ['createTransfer', 'createWithdrawal', 'createSigningRequest', 'createUser']) {
    expect(operations[`${name} done`]).toBeGreaterThan(0);
  }
}, 120_000);

describe('planted faults', () => {
  const changes = FAULTS.flatMap(({ name, changes: all }) =>
    all.map((change) => ({ name, change })),
  );

  test.each(changes)('$name: $change.file has the text to replace, once', ({ change }) => {
    const source = readFileSync(sourceOf('coordinator', change), 'utf8');
    expect(plant(change, source)).not.toBe(source);
  });

  test.each(FAULTS.filter(({ isQuick }) => isQuick))(
    '$name: is found',
    async (fault) => {
      const found = await findFault(fault, { first: 1, runs: QUICK_RUNS, workers: 2 });
      expect(found.runs).not.toBeNull();
      expect(found.example).toMatch(fault.shows);
    },
    120_000,
  );
});

describe('the look from outside', () => {
  const events = (types: readonly string[], data: Readonly<Record<string, unknown>>) =>
    types.map((type) => ({ type, data }));
  const faultsOf = (...added: readonly ReturnType<typeof events>[]): string[] => {
    const recount = new Recount();
    for (const event of added.flat()) recount.add(event);
    return recount.faults;
  };
  const user = events(['user.created'], { userId: 'a' });
  const withdrawal = { withdrawalId: 'w', userId: 'a', amount: '1' };
  const pool = events(['addresses.imported'], { addresses: [{ address: 'D', pool: 'deposit' }] });
  const assigned = events(['address.assigned'], { address: 'D', userId: 'a' });
  const paid = events(['deposit.confirmed'], {
    ...{ depositId: 'd', address: 'D', amount: '7', tail: 't', index: 0 },
  });

  test('recounts what came, was credited, and left', () => {
    const recount = new Recount();
    const credited = events(['deposit.credited'], { depositId: 'd' });
    const asked = events(['withdrawal.requested'], withdrawal);
    for (const event of [user, pool, assigned, paid, credited, asked].flat()) recount.add(event);
    expect(recount.faults).toEqual([]);
    expect(recount.statement()).toEqual({
      ...{ assets: '7', users: '6', unpaidWithdrawals: '1', uncredited: '0', quarantined: '0' },
      ...{ stranded: '0', operator: '0', difference: '0' },
    });
  });

  test.each([
    ['a movement twice', [user, pool, assigned, paid, paid], /was booked twice/],
    ['an address twice', [user, pool, assigned, assigned], /was assigned twice/],
    [
      'money that is not there',
      [user, events(['withdrawal.requested'], withdrawal)],
      /falls to -1/,
    ],
    ['an unknown event', [events(['money.minted'], {})], /nothing here should bring about/],
  ])('finds %s', (_name, added, fault) => {
    expect(faultsOf(...added)).toEqual([expect.stringMatching(fault)]);
  });

  test('finds a changed and a missing entry in the chain of the store', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'airlock-chain-'));
    const change = async (...operations: readonly Operation[]): Promise<void> => {
      const store = await openLevelStore(folder);
      await store.batch(operations);
      await store.close();
    };
    const store = await openLevelStore(folder);
    const ledger = await Ledger.open(store, () => 1);
    for (const userId of ['a', 'b', 'c', 'd']) {
      await ledger.execute(({ record }) => record({ type: 'user.created', userId }));
    }
    const key = keyOf('journal', paddedNumber(2));
    const value = (store.get(key) ?? '').replace('"b"', '"x"');
    await store.close();
    const sound = await readChain(folder);
    expect(sound.faults).toEqual([]);
    expect(sound.events.map(({ data }) => data.userId)).toEqual(['a', 'b', 'c', 'd']);
    await change({ type: 'put', key, value });
    expect((await readChain(folder)).faults).toEqual(['entry 3 does not follow the one before']);
    await change({ type: 'del', key });
    expect((await readChain(folder)).faults).toContain('entry 2 is missing');
    rmSync(folder, { recursive: true });
  });
});
