/** What is logged of a fault that lasts. */
import { expect, test } from '@jest/globals';
import { FaultLog, faultOf } from '../src/fault-log.ts';

test('a fault is said once, and again when it is another one or was gone', () => {
  const lines: string[] = [];
  const faults = new FaultLog((line) => lines.push(line));
  for (const fault of ['late', 'late', 'gone', 'late', 'late']) faults.tell('node', fault);
  faults.tell('store', 'late');
  expect(lines).toEqual(['node: late', 'node: gone', 'node: late', 'store: late']);
  expect([faults.clear('node'), faults.clear('node')]).toEqual([true, false]);
  faults.tell('node', 'late');
  expect(lines).toHaveLength(5);
});

test('what is supervised may fail: that is said once, and that it is over', async () => {
  const lines: string[] = [];
  const faults = new FaultLog((line) => lines.push(line));
  for (const isLate of [false, true, true, false, false]) {
    await faults.supervise('round', async () => {
      if (isLate) throw new Error('late');
    });
  }
  expect(lines).toEqual(['round: late', 'round: working again']);
});

test('whatever was thrown is a fault', () => {
  expect([faultOf(new Error('late')), faultOf('late'), faultOf(null)]).toEqual([
    'late',
    'failed',
    'failed',
  ]);
});
