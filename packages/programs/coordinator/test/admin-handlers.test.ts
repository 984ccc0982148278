/** What the API says of several nodes: who is away, and whether enough are left. */
import { createApiClient } from '@airlock/api';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  type FaultyNetwork,
  type FaultyNode,
  type Overseen,
  oversee,
  serveFaultyNetwork,
  until,
} from './faulty-node.ts';
import { type Api, serveApi } from './served.ts';
import { openWorld } from './world.ts';

let network: FaultyNetwork;
let overseen: Overseen;
let api: Api;
let first: FaultyNode;
let second: FaultyNode;
let third: FaultyNode;
beforeAll(async () => {
  network = await serveFaultyNetwork(3);
  [first, second, third] = network.nodes as [FaultyNode, FaultyNode, FaultyNode];
  overseen = oversee(network);
  api = await serveApi(await openWorld({ node: overseen.node }));
});
afterAll(async () => {
  await api.close();
  await network.close();
});

test('a coordinator is ready with one node of three away, which is named', async () => {
  third.faults = { fail: 'close' };
  await api.call('getReadiness');
  await until(() => overseen.node.health().every(({ state }) => state !== 'unknown'));
  const { status, body } = await api.call('getReadiness');
  expect(status).toBe(200);
  expect(body).toEqual({
    status: 'ok',
    network: 'private',
    checks: {
      store: 'ok',
      node: 'ok',
      [`node ${first.url}`]: 'ok',
      [`node ${second.url}`]: 'ok',
      [`node ${third.url}`]: expect.stringMatching(/^failing: getNodeInfo: cannot be reached/),
    },
  });
});

test('with two away it is not, and says why; each node is told of with its state and since when', async () => {
  second.faults = { fail: 'error' };
  const { status, body } = await api.call('getReadiness');
  expect(status).toBe(503);
  expect(body.checks.node).toMatch(/^1 of 3 IOTA nodes answer, 2 must: /);
  expect(body.checks[`node ${second.url}`]).toMatch(/^failing: getNodeInfo: the node refuses/);
  const client = createApiClient({ url: api.url, key: null, fetch: globalThis.fetch });
  await expect(client.call('getReadiness')).rejects.toMatchObject({
    ...{ name: 'ApiError', status: 503, code: null },
    body: { status: 'unready', checks: { node: expect.stringMatching(/^1 of 3 IOTA nodes/) } },
  });
  const { index: milestone } = network.devNode.latestMilestone();
  const since = new Date(overseen.clock.at).toISOString();
  expect((await api.call('getNodes', { role: 'auditor' })).body).toEqual({
    quorum: 2,
    nodes: [
      { name: first.url, state: 'ok', since, detail: 'answers', milestone },
      { ...{ name: second.url, state: 'failing', since, milestone }, detail: expect.any(String) },
      {
        ...{ name: third.url, state: 'failing', since, milestone: null },
        detail: expect.any(String),
      },
    ],
  });
});

test('out of sync is not ready, with a check for each node', async () => {
  const info = (told: Record<string, unknown>) => ({ ...told, latestMilestoneIndex: 10_000 });
  for (const node of network.nodes) node.faults = { lies: { info } };
  overseen.clock.at += 60_000;
  const { status, body } = await api.call('getReadiness');
  expect(status).toBe(503);
  expect(body.checks).toMatchObject({
    ...{ store: 'ok', node: 'not in sync' },
    [`node ${first.url}`]: expect.stringMatching(/^lagging: it knows of milestone 10000, but/),
  });
});
