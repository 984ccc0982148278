/** What is remembered of one node: pauses that grow, states that are logged once. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createIotaNode } from '../src/nodes/iota-node.ts';
import {
  CLEAN_ANSWERS,
  NodeMember,
  RETRY_AFTER_MS,
  RETRY_AFTER_MS_MAX,
} from '../src/nodes/node-member.ts';

const NAME = 'https://node.example';
const URL_WITH_SECRETS = 'https://user:s3cret@node.example/s3cret?key=s3cret';
const REPORT = { latest: 7, solid: 7, solidHash: null };

let at: number;
let logged: string[];
let member: NodeMember;
beforeEach(() => {
  at = 1_000;
  logged = [];
  const node = createIotaNode({ url: URL_WITH_SECRETS, minWeightMagnitude: 9 });
  member = new NodeMember(node, { now: () => at, log: (line) => logged.push(line) });
});

/** Milliseconds until the failing node may be asked again. */
function pauseMs(): number {
  const from = at;
  while (!member.isDue) at += 500;
  return at - from;
}

test('at first nothing is known, and nothing logged when it answers', () => {
  expect(member.health).toEqual({
    ...{ name: NAME, state: 'unknown', since: 1_000, detail: 'not asked yet', milestone: null },
  });
  at = 2_000;
  member.answered();
  expect(member.health).toMatchObject({ state: 'ok', since: 2_000, detail: 'answers' });
  expect(logged).toEqual([]);
});

describe('one that fails', () => {
  test('again and again is left alone ever longer, up to a minute, until it answers', () => {
    const pauses: number[] = [];
    for (let failures = 0; failures < 9; failures += 1) {
      member.failed('getBalances: no amount');
      pauses.push(pauseMs());
    }
    expect(pauses.slice(0, 4)).toEqual([1, 2, 4, 8].map((times) => times * RETRY_AFTER_MS));
    expect(pauses.at(-1)).toBe(RETRY_AFTER_MS_MAX);
    // That it reports itself does not show that it can do what failed.
    member.reported();
    expect(member.health.state).toBe('ok');
    member.failed('getBalances: no amount');
    expect(pauseMs()).toBe(RETRY_AFTER_MS_MAX);
    member.answered();
    member.failed('getBalances: no amount');
    expect(pauseMs()).toBe(RETRY_AFTER_MS);
  });

  test('in several calls at once has failed once', () => {
    for (let calls = 0; calls < 10; calls += 1) member.failed('gone');
    expect(pauseMs()).toBe(RETRY_AFTER_MS);
  });

  test('is logged once, and when it is back', () => {
    member.answered();
    member.failed('getBalances: gone');
    at += 5_000;
    member.failed('getNodeInfo: gone');
    expect(member.health).toMatchObject({ since: 1_000, detail: 'getNodeInfo: gone' });
    expect(member.isWell).toBe(false);
    member.answered();
    expect(logged).toEqual([
      `node ${NAME}: ok, now failing: getBalances: gone`,
      `node ${NAME}: failing, now ok`,
    ]);
    expect(member.isWell).toBe(true);
  });
});

test('one that lags says where it is, and has no say until it is in step', () => {
  member.stands('lagging', { ...REPORT, solid: 4, latest: 4 }, 7);
  expect(member.health).toMatchObject({
    state: 'lagging',
    detail: 'it is at milestone 4, a quorum of nodes at 7',
    milestone: 4,
  });
  member.stands('lagging', { ...REPORT, solid: 6 }, null);
  expect(member.health.detail).toBe('it knows of milestone 7, but has everything only up to 6');
  member.stands('open', REPORT, null);
  expect(member.health).toMatchObject({ state: 'lagging', milestone: 7 });
  expect([member.isWell, member.isFailing]).toEqual([false, false]);
  member.stands('in-step', REPORT, 7);
  expect(member.health.state).toBe('ok');
});

test('one that was outvoted has its say, and is well after enough clean answers in a row', () => {
  member.compared('getBalances: 1 of 2 items outvoted');
  expect(member.health).toMatchObject({ state: 'disagrees' });
  expect(member.isWell).toBe(true);
  for (let answers = 1; answers < CLEAN_ANSWERS; answers += 1) member.compared(null);
  member.compared('getBalances: 2 of 2 items outvoted');
  for (let answers = 1; answers < CLEAN_ANSWERS; answers += 1) member.compared(null);
  expect(member.health).toMatchObject({
    state: 'disagrees',
    detail: 'getBalances: 2 of 2 items outvoted',
  });
  member.compared(null);
  expect(member.health.state).toBe('ok');
});

test('the gravest state is shown: failing before lagging before disagreeing', () => {
  member.compared('getBalances: 1 of 1 items outvoted');
  member.stands('lagging', { ...REPORT, solid: 1 }, null);
  member.failed('gone');
  expect(member.health.state).toBe('failing');
  member.answered();
  expect(member.health.state).toBe('lagging');
  member.stands('in-step', REPORT, 7);
  expect(member.health.state).toBe('disagrees');
});

test('a milestone of long ago is told of a node that is well', () => {
  member.dated(true);
  expect(member.health.detail).toBe('answers, but its latest milestone is of long ago');
  member.dated(false);
  expect(member.health.detail).toBe('answers');
});

test('nothing of the URL but scheme, host and port is told', () => {
  member.failed('getNodeInfo: gone');
  member.answered();
  expect(JSON.stringify(member.health) + logged.join()).not.toContain('s3cret');
});
