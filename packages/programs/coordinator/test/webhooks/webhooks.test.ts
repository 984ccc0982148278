/** Endpoints and dead deliveries: making, showing, rotating, retrying and deleting them. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryStore } from '../../src/store/memory-store.ts';
import { rangeOf, type Store } from '../../src/store/store.ts';
import { ENDPOINTS_MAX } from '../../src/webhooks/webhooks.ts';
import { turns, until } from '../manual-timers.ts';
import { codeOf } from '../world.ts';
import { HookServer, signersOf } from './hook-server.ts';
import { type Hooked, LONGEST_MS, openHooked } from './hooked.ts';

let server: HookServer;
let hooked: Hooked;
let store: Store;
beforeEach(async () => {
  server = await HookServer.start();
  store = createMemoryStore();
  hooked = await openHooked({ store });
});
afterEach(async () => {
  await server.close();
  await hooked.webhooks.stop();
});

const UNKNOWN = `wh_${'0'.repeat(32)}`;

async function keysOf(...spaces: readonly ('webhooks' | 'deadDeliveries')[]): Promise<number> {
  let count = 0;
  for (const space of spaces) for await (const _ of store.entries(rangeOf(space))) count += 1;
  return count;
}

/** One dead event of an endpoint, number 1; the receiver takes what comes then. */
async function oneDead(): Promise<{ readonly endpointId: string; readonly deadId: string }> {
  const { id } = await hooked.create(server);
  server.usual = 500;
  await hooked.grow(1);
  const isDead = (): boolean => hooked.webhooks.list()[0]!.cursor === 1;
  while (!isDead()) {
    await until('a step', () => isDead() || hooked.timers.waits.length > 0);
    hooked.timers.advance(LONGEST_MS);
  }
  server.usual = 204;
  const [dead] = await hooked.webhooks.listDead();
  return { endpointId: id, deadId: dead!.id };
}

describe('an endpoint', () => {
  test('begins now unless it is told where, and is shown without its secret', async () => {
    await hooked.grow(3);
    const { secret, ...shown } = await hooked.webhooks.create({ url: server.url });
    expect(shown).toEqual({
      id: expect.stringMatching(/^wh_[0-9a-f]{32}$/),
      url: server.url,
      types: null,
      status: 'active',
      cursor: 3,
      createdAt: new Date(hooked.timers.at).toISOString(),
      failing: null,
    });
    const other = await hooked.webhooks.create({
      url: server.url,
      types: ['pool.low'],
      after: 2,
    });
    expect([other.types, other.secret === secret]).toEqual([['pool.low'], false]);
    await hooked.grow(1);
    await server.has(1);
    expect(server.numbers).toEqual([4]);
    expect(signersOf(server.received[0]!, [secret])).toEqual([0]);
    const list = hooked.webhooks.list();
    expect(list.map(({ id }) => id)).toEqual([shown.id, other.id].sort());
    expect(JSON.stringify([list, hooked.logged])).not.toMatch(/whsec|secret/);
  });

  test('after a number that the journal has not reached is refused', async () => {
    await hooked.grow(2);
    const create = (after: number) => codeOf(hooked.webhooks.create({ url: server.url, after }));
    expect([await create(3), await create(2)]).toEqual(['invalid_request', 'no error']);
  });

  test('is one of 16 at most, however many are asked for at once', async () => {
    const codes = await Promise.all(
      Array.from({ length: ENDPOINTS_MAX + 2 }, () => codeOf(hooked.create(server))),
    );
    const refused = codes.filter((code) => code === 'too_many_webhooks');
    expect([ENDPOINTS_MAX, refused.length, hooked.webhooks.list().length]).toEqual([16, 2, 16]);
    await hooked.webhooks.delete(hooked.webhooks.list()[3]!.id);
    expect(await codeOf(hooked.create(server))).toBe('no error');
  });

  test('that does not exist is neither rotated nor deleted', async () => {
    expect(await codeOf(hooked.webhooks.rotate(UNKNOWN))).toBe('not_found');
    expect(await codeOf(hooked.webhooks.delete(UNKNOWN))).toBe('not_found');
    expect(await codeOf(hooked.webhooks.retryDead(`whd_${'0'.repeat(32)}`))).toBe('not_found');
  });
});

describe('rotation', () => {
  test('has both secrets sign for a day, also over a restart, and then the new one', async () => {
    const { id, secret: old } = await hooked.create(server);
    const { secret: fresh } = await hooked.webhooks.rotate(id);
    await hooked.grow(1);
    await server.has(1);
    await hooked.webhooks.stop();
    hooked = await openHooked({ store, timers: hooked.timers });
    await hooked.grow(1);
    await server.has(2);
    hooked.timers.advance(86_400_000);
    await hooked.grow(1);
    await server.has(3);
    const signers = server.received.map((hook) => signersOf(hook, [old, fresh]));
    expect(signers).toEqual([[1, 0], [1, 0], [1]]);
  });

  test('twice at once ends with the secret that was shown last', async () => {
    const { id } = await hooked.create(server);
    const [first, second] = await Promise.all([1, 2].map(() => hooked.webhooks.rotate(id)));
    await hooked.webhooks.stop();
    hooked = await openHooked({ store });
    await hooked.grow(1);
    await server.has(1);
    const secrets = [first!.secret, second!.secret];
    expect(signersOf(server.received[0]!, secrets)).toEqual([1, 0]);
  });
});

describe('deletion', () => {
  test('stops deliveries, cuts off the one under way, and leaves nothing in the store', async () => {
    const { endpointId } = await oneDead();
    server.answers.push(() => undefined);
    const count = server.numbers.length;
    await hooked.grow(2);
    await server.has(count + 1);
    const shown = await hooked.webhooks.delete(endpointId);
    expect(shown).toMatchObject({ id: endpointId, cursor: 1, failing: null });
    await hooked.grow(1);
    await turns(50);
    expect(server.numbers.length).toBe(count + 1);
    expect([hooked.webhooks.list(), await hooked.webhooks.listDead()]).toEqual([[], []]);
    expect(await keysOf('webhooks', 'deadDeliveries')).toBe(0);
    expect(hooked.timers.waits).toEqual([]);
  });

  test('leaves the other endpoints and their dead deliveries alone', async () => {
    const { endpointId } = await oneDead();
    const { id } = await hooked.webhooks.create({ url: server.url });
    await hooked.webhooks.delete(id);
    expect(hooked.webhooks.list().map((each) => each.id)).toEqual([endpointId]);
    expect(await hooked.webhooks.listDead()).toHaveLength(1);
  });
});

describe('a dead delivery', () => {
  test('that is retried and taken leaves the list, and comes under its first id', async () => {
    const { deadId } = await oneDead();
    const [{ attempts } = { attempts: 0 }] = await hooked.webhooks.listDead();
    const retried = await hooked.webhooks.retryDead(deadId);
    expect(retried).toEqual({
      id: deadId,
      delivered: true,
      attempts: attempts + 1,
      lastError: null,
    });
    const ids = new Set(server.received.map(({ headers }) => headers['webhook-id']));
    expect([ids.size, server.numbers.at(-1)]).toEqual([1, 1]);
    expect(await hooked.webhooks.listDead()).toEqual([]);
    expect(await codeOf(hooked.webhooks.retryDead(deadId))).toBe('not_found');
  });

  test('that is retried in vain stays, with what was wrong', async () => {
    const { deadId } = await oneDead();
    const [before] = await hooked.webhooks.listDead();
    server.answers.push(418);
    const retried = await hooked.webhooks.retryDead(deadId);
    const attempts = before!.attempts + 1;
    expect(retried).toEqual({ id: deadId, delivered: false, attempts, lastError: 'HTTP 418' });
    const [after] = await hooked.webhooks.listDead();
    expect(after).toEqual({ ...before, attempts, lastError: 'HTTP 418' });
  });

  test('that is retried twice at once is taken once', async () => {
    const { deadId } = await oneDead();
    const count = server.numbers.length;
    const codes = await Promise.all([1, 2].map(() => codeOf(hooked.webhooks.retryDead(deadId))));
    expect(codes.sort()).toEqual(['no error', 'not_found']);
    expect(server.numbers.length).toBe(count + 1);
    expect(await keysOf('deadDeliveries')).toBe(0);
  });

  test('whose endpoint is deleted during the retry is gone', async () => {
    const { endpointId, deadId } = await oneDead();
    const count = server.numbers.length;
    server.answers.push(() => undefined);
    const retried = hooked.webhooks.retryDead(deadId);
    await server.has(count + 1);
    const waiting = codeOf(hooked.webhooks.retryDead(deadId));
    await turns();
    await hooked.webhooks.delete(endpointId);
    expect(await retried).toMatchObject({ delivered: false });
    expect(await waiting).toBe('not_found');
    expect(server.received.length).toBe(count + 1);
    expect(await keysOf('webhooks', 'deadDeliveries')).toBe(0);
  });

  test('whose retry is cut off by the end of the program stays as it was', async () => {
    const { deadId } = await oneDead();
    const before = await hooked.webhooks.listDead();
    server.answers.push(() => undefined);
    const count = server.received.length;
    const retried = hooked.webhooks.retryDead(deadId);
    await server.has(count + 1);
    const stopped = hooked.webhooks.stop();
    await until('the bound', () => hooked.timers.waits.includes(5_000));
    hooked.timers.advance(5_000);
    await Promise.all([retried, stopped]);
    expect(await hooked.webhooks.listDead()).toEqual(before);
  });

  test('is kept over a restart, and retried then', async () => {
    const { deadId } = await oneDead();
    await hooked.webhooks.stop();
    hooked = await openHooked({ store, seed: 'again' });
    expect((await hooked.webhooks.retryDead(deadId)).delivered).toBe(true);
  });
});
