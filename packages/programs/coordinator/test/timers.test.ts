/** Timers run once unless they are cancelled; the bell ends a wait, and is not missed. */
import { describe, expect, test } from '@jest/globals';
import { Bell, nodeTimers } from '../src/timers.ts';
import { ManualTimers, turns } from './manual-timers.ts';

test('a timer runs after its time, a cancelled one never', async () => {
  const ran: string[] = [];
  nodeTimers.after(5, () => ran.push('cancelled'))();
  await new Promise<void>((resolve) => {
    nodeTimers.after(20, () => {
      ran.push('late');
      resolve();
    });
    nodeTimers.after(1, () => ran.push('early'));
  });
  expect(ran).toEqual(['early', 'late']);
});

describe('a bell', () => {
  function listen(milliseconds: number | null = null) {
    const timers = new ManualTimers();
    const bell = new Bell(timers);
    const heard: number[] = [];
    const wait = (): void => void bell.wait(milliseconds).then(() => heard.push(timers.at));
    return { timers, bell, heard, wait };
  }

  test('ends the wait, and the timer with it', async () => {
    const { timers, bell, heard, wait } = listen(1000);
    wait();
    await turns();
    expect(heard).toEqual([]);
    bell.ring();
    await turns();
    expect([heard.length, timers.waits]).toEqual([1, []]);
  });

  test('that rang before anybody waited ends the next wait, and that one alone', async () => {
    const { bell, heard, wait } = listen();
    bell.ring();
    bell.ring();
    wait();
    await turns();
    expect(heard).toHaveLength(1);
    wait();
    await turns();
    expect(heard).toHaveLength(1);
  });

  test('that does not ring is waited for as long as was said', async () => {
    const { timers, heard, wait } = listen(1000);
    wait();
    timers.advance(999);
    await turns();
    expect(heard).toEqual([]);
    timers.advance(1);
    await turns();
    expect(heard).toHaveLength(1);
  });
});
