/** The state survives restarts, torn last lines included, and no other file is touched. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { DevNode } from '../src/node.ts';
import { openStateFile } from '../src/state-file.ts';
import { addressOf, createNode, makeBundle, send } from './harness.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-dev-node-'));
  path = join(folder, 'state.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (): DevNode => createNode({ state: openStateFile(path) });

describe('openStateFile', () => {
  test('a restarted node has the same balances, confirmations, tips and payments', async () => {
    const before = open();
    before.pay({ address: addressOf('A'), amount: 100n });
    before.issueMilestone();
    const tail = await send(
      before,
      makeBundle({
        inputs: [{ name: 'A', value: 100n }],
        outputs: [{ address: addressOf('B'), value: 100n }],
      }),
    );
    before.issueMilestone();
    const pending = before.pay({ address: addressOf('C'), amount: 7n });
    const tips = await before.handle({ command: 'getTips' });
    before.close();

    const after = open();
    expect(after.latestMilestone()).toEqual(before.latestMilestone());
    expect(after.isConfirmed(tail)).toBe(true);
    expect(after.isConfirmed(pending.tail)).toBe(false);
    expect(await after.handle({ command: 'getTips' })).toEqual(tips);
    after.pay({ address: addressOf('C'), amount: 8n });
    after.issueMilestone();
    const balances = ['A', 'B', 'C'].map((name) => after.balanceOf(addressOf(name)));
    expect(balances).toEqual([0n, 100n, 15n]);
    after.close();
  });

  test('a torn last line is dropped, wherever it was torn', async () => {
    const node = open();
    node.pay({ address: addressOf('A'), amount: 5n });
    const whole = readFileSync(path);
    node.issueMilestone();
    node.close();
    const full = readFileSync(path);
    for (const length of [full.length - 1, whole.length + 40, whole.length + 1]) {
      writeFileSync(path, full.subarray(0, length));
      const restarted = open();
      expect(restarted.latestMilestone().index).toBe(1);
      expect(readFileSync(path)).toEqual(whole);
      restarted.issueMilestone();
      expect(restarted.balanceOf(addressOf('A'))).toBe(5n);
      restarted.close();
    }
    writeFileSync(path, full.subarray(0, 10));
    const fresh = open();
    expect(fresh.latestMilestone().index).toBe(1);
    fresh.close();
  });

  test('a torn payment leaves the faucet able to pay', () => {
    const node = open();
    node.pay({ address: addressOf('A'), amount: 5n });
    node.close();
    writeFileSync(path, readFileSync(path).subarray(0, -20));
    const restarted = open();
    restarted.pay({ address: addressOf('A'), amount: 6n });
    restarted.issueMilestone();
    expect(restarted.balanceOf(addressOf('A'))).toBe(6n);
    restarted.close();
  });

  test('a damaged line inside is refused with its number', () => {
    open().close();
    appendFileSync(path, 'nonsense\n{"transactions":[]}\n');
    expect(open).toThrow(/state\.jsonl: line 3 is damaged/);
  });

  test('a file that is not ours is refused and left as it is', () => {
    writeFileSync(path, 'my thesis, without line feed at the end');
    expect(open).toThrow(/not a state file of the dev node/);
    expect(readFileSync(path, 'utf8')).toBe('my thesis, without line feed at the end');
  });

  test('a device is refused', () => {
    path = '/dev/zero';
    expect(open).toThrow('cannot use state file: /dev/zero is not a plain file');
  });

  test('a path that cannot be written is refused with the reason', () => {
    path = join(folder, 'missing', 'state.jsonl');
    expect(open).toThrow(/cannot use state file: ENOENT/);
  });
});
