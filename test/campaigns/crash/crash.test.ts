/** A slice of the crash campaign: no violation without a fault, and every planted fault is found. */
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { plant, sourceOf } from '../planted.ts';
import { runSimulated, type Tally } from './campaign.ts';
import { FAULTS, findFault } from './faults.ts';
import { History } from './history.ts';
import { runProcesses } from './processes.ts';

const RUNS = 10;
/** Within so many histories a quick fault is found. */
const QUICK_RUNS = 3;

describe(`${RUNS} histories`, () => {
  let tally: Tally;

  beforeAll(async () => {
    tally = await runSimulated({ first: 1, runs: RUNS });
  }, 120_000);

  test('show no violation', () => {
    expect(tally.violations).toEqual([]);
    expect(tally.keysSigned).toBeGreaterThan(RUNS);
  });

  test('crash at least once each, by power, by kill and by errors', () => {
    const crashes = Object.entries(tally.crashes);
    const count = (way: RegExp): number =>
      crashes.reduce((sum, [name, times]) => sum + (way.test(name) ? times : 0), 0);
    expect(count(/./)).toBeGreaterThanOrEqual(RUNS);
    for (const way of [/^power/, /^kill/, /^E/]) expect(count(way)).toBeGreaterThan(2);
  });

  test('refuse every kind of lie, and answer what was asked before', () => {
    for (const command of ['sign 0', 'sign key_already_signed', 'sign signer_behind', 'void 0']) {
      expect(tally.commands[command]).toBeGreaterThan(0);
    }
  });
});

test('a seed gives the same history again', async () => {
  const report = await new History(7).run();
  expect(await new History(7).run()).toEqual(report);
  expect(report.commands.length).toBeGreaterThan(5);
}, 60_000);

test('the built signer, killed as a process, repeats its command', async () => {
  const tally = await runProcesses({ first: 1, runs: 1 });
  expect(tally.violations).toEqual([]);
  expect(Object.keys(tally.crashes).length).toBeGreaterThan(1);
  expect(tally.commands['sign 0']).toBeGreaterThan(1);
}, 60_000);

describe('planted faults', () => {
  const changes = FAULTS.flatMap(({ name, changes: all }) =>
    all.map((change) => ({ name, change })),
  );

  test.each(changes)('$name: $change.file has the text to replace, once', ({ change }) => {
    const source = readFileSync(sourceOf('signer', change), 'utf8');
    expect(plant(change, source)).not.toBe(source);
    expect(() => plant({ ...change, from: 'nowhere' }, source)).toThrow('stands 0 times');
  });

  test.each(FAULTS.filter(({ isQuick }) => isQuick))(
    '$name: is found',
    async (fault) => {
      const { runs, example } = await findFault(fault, QUICK_RUNS);
      expect(runs).not.toBeNull();
      expect(example).toContain(fault.shows);
    },
    120_000,
  );
});
