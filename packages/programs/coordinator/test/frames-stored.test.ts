/** Codes of every file of a signer through one route, what of them is stored, and what a call may hold. */
import { openEnvelope, sealEnvelope } from '@airlock/gap';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pairingCard } from '../src/keyrings.ts';
import { createMemoryStore } from '../src/store/memory-store.ts';
import { KEYSPACES, type Store } from '../src/store/store.ts';
import { Desks, partial, requestStatus, statusesOf, whole } from './desk.ts';
import { framesIn, screenOf, shuffled, strangers } from './screen.ts';
import { checkError } from './served.ts';
import { identityOf } from './signer.ts';
import { answer, createUser, receiptOf, request, requestDeposit } from './world.ts';

let desks: Desks;
beforeAll(async () => {
  desks = await Desks.open();
});
afterAll(() => desks.close());

describe('other files of a signer', () => {
  test('a void receipt on its request', async () => {
    const desk = await desks.paired();
    const id = desk.ids[0]!;
    const screen = screenOf(await receiptOf(desk.world, id), 3);
    expect((await desk.post(id, screen.texts.slice(0, 2))).body).toEqual(partial(2, 3));
    const { body } = await desk.post(id, screen.texts.slice(2, 3));
    expect(body).toEqual(whole(screen, 'void-receipt', id));
    expect(requestStatus(desk, id)).toBe('voided');
    expect(statusesOf(desk)).toEqual(['requested']);
    expect((await desk.post(id, screen.texts)).body).toEqual(whole(screen, 'void-receipt', id));
    const again = await request(desk.world);
    expect(again.sweeps).toHaveLength(1);
    expect(await framesIn(desk.world.store)).toEqual([]);
  });

  test('card, batch, response, receipt and record through one route, each as its file', async () => {
    const desk = await desks.unpaired();
    const { world } = desk;
    const { signer } = world;
    const take = async (file: Uint8Array, id: string): Promise<void> => {
      const { type } = openEnvelope(file);
      const screen = screenOf(file, 4);
      const codes = shuffled(screen.texts.slice(1, 1 + screen.count), 4);
      for (const [at, code] of codes.slice(0, -1).entries()) {
        expect((await desk.postAny([code])).body).toEqual(partial(at + 1, screen.count));
      }
      for (let round = 0; round < 2; round += 1) {
        const frames = round === 0 ? codes.slice(-1) : codes;
        expect((await desk.postAny(frames)).body).toEqual(whole(screen, type, id));
        expect(await framesIn(world.store)).toEqual([]);
      }
    };
    await take(signer.card(), signer.keyringId);
    await take(await signer.batch(15), signer.keyringId);
    await createUser(world, 'alice');
    const signed = await requestDeposit(world, desks.served, { amount: 5n });
    await take(await answer(world, signed), signed);
    const voided = await requestDeposit(world, desks.served, { amount: 6n });
    await take(await receiptOf(world, voided), voided);
    signer.append({ kind: 'network-accepted' });
    await take(signer.record(), signer.keyringId);
    const keyring = world.coordinator.ledger.state.get('keyrings', signer.keyringId);
    expect(keyring).toMatchObject({ head: signer.head, networkAccepted: true });
    expect(requestStatus(desk, signed)).toBe('answered');
    expect(requestStatus(desk, voided)).toBe('voided');
  });

  test('card and batch in one call are both imported', async () => {
    const desk = await desks.unpaired();
    const { signer } = desk.world;
    const card = screenOf(signer.card(), 2);
    const batch = screenOf(await signer.batch(5), 3);
    const { body } = await desk.postAny([...card.texts.slice(0, 2), ...batch.texts.slice(0, 3)]);
    expect(body).toEqual(whole(batch, 'address-batch', signer.keyringId));
    expect(desk.world.coordinator.ledger.state.size('addresses')).toBe(5);
  });

  test('our own card is no card of a signer', async () => {
    const desk = await desks.paired(0);
    const own = screenOf(pairingCard(desk.world.coordinator), 2);
    expect(checkError(await desk.postAny(own.texts)).code).toBe('file_invalid');
    expect(desk.world.coordinator.ledger.state.size('keyrings')).toBe(1);
  });
});

describe('the store', () => {
  test('keeps no junk, no stranger, no duplicate, and of our own no more than eight transfers', async () => {
    const desk = await desks.paired();
    const id = desk.ids[0]!;
    const screen = screenOf(await answer(desk.world, id));
    await desk.post(id, ['junk', ...strangers('bytes', 3).slice(0, 2), screen.texts[0]!]);
    await desk.post(id, [screen.texts[0]!.toLowerCase(), `${screen.texts[0]} `]);
    expect(await framesIn(desk.world.store)).toEqual([screen.texts[0]]);
    const { type, payload } = openEnvelope(await answer(desk.world, id));
    for (let other = 1; other <= 12; other += 1) {
      const file = sealEnvelope(type, payload, [identityOf(other)]);
      await desk.post(id, screenOf(file).texts.slice(0, 1));
    }
    expect((await framesIn(desk.world.store)).length).toBe(8);
  });

  test('loses codes that an answer by file has made useless, at the next occasion', async () => {
    const desk = await desks.paired(2);
    const [a, b] = desk.ids as [string, string];
    const file = await answer(desk.world, a);
    await desk.post(a, screenOf(file).texts.slice(0, 4));
    const ofB = screenOf(await answer(desk.world, b));
    await desk.post(b, ofB.texts.slice(0, 2));
    await desk.api.call('importSigningResponse', { body: file });
    expect(await framesIn(desk.world.store)).toHaveLength(6);
    const second = await desks.reopened(desk);
    await second.postAny(['junk']);
    expect((await framesIn(desk.world.store)).sort()).toEqual(ofB.texts.slice(0, 2).sort());
    await second.api.call('importSigningResponse', { body: await answer(desk.world, b) });
    await second.post(b, ['junk']);
    expect(await framesIn(desk.world.store)).toEqual([]);
  });

  test('that is slow, and slowest with what came first, ends with what is useful', async () => {
    const memory = createMemoryStore();
    let delayMs = 45;
    const store: Store = {
      ...memory,
      batch: async (operations) => {
        if (operations[0]?.key.startsWith(KEYSPACES.frames) === true) {
          delayMs = Math.max(0, delayMs - 5);
          await new Promise((resolve) => setTimeout(resolve, delayMs));
        }
        return memory.batch(operations);
      },
    };
    const desk = await desks.paired(1, store);
    const id = desk.ids[0]!;
    const { texts } = screenOf(await answer(desk.world, id));
    await Promise.all(texts.slice(0, 5).map((code) => desk.post(id, [code])));
    expect((await framesIn(memory)).sort()).toEqual(texts.slice(0, 5).sort());
    await Promise.all(texts.slice(5, 9).map((code) => desk.post(id, [code])));
    expect(requestStatus(desk, id)).toBe('answered');
    expect(await framesIn(memory)).toEqual([]);
  });

  test('that fails is a 500, and the codes can be shown again when it works', async () => {
    const memory = createMemoryStore();
    let failing: 'entries' | 'batch' | null = null;
    const fail = (kind: typeof failing): void => {
      if (failing !== kind) return;
      throw new Error('the disk is gone');
    };
    const store: Store = {
      ...memory,
      entries: (range) => {
        if (range.from === KEYSPACES.frames) fail('entries');
        return memory.entries(range);
      },
      batch: async (operations) => {
        if (operations[0]?.key.startsWith(KEYSPACES.frames) === true) fail('batch');
        return memory.batch(operations);
      },
    };
    const desk = await desks.paired(1, store);
    const id = desk.ids[0]!;
    const screen = screenOf(await answer(desk.world, id));
    for (const kind of ['entries', 'batch'] as const) {
      failing = kind;
      expect(checkError(await desk.post(id, screen.texts.slice(0, 2))).code).toBe('internal');
      failing = null;
    }
    expect((await desk.post(id, screen.texts.slice(2, 5))).body).toEqual(partial(5, 9));
    expect(await framesIn(memory)).toHaveLength(5);
    // The machine dies after the import, before the codes are deleted.
    failing = 'batch';
    const { status } = await desk.post(id, screen.texts.slice(5, 9));
    expect(status).toBe(500);
    failing = null;
    expect(await framesIn(memory)).toHaveLength(5);
    const second = await desks.reopened(desk);
    expect(requestStatus(second, id)).toBe('answered');
    await second.postAny(['junk']);
    expect(await framesIn(memory)).toEqual([]);
  });
});

describe('a call', () => {
  let desk: Awaited<ReturnType<Desks['paired']>>;
  beforeAll(async () => {
    desk = await desks.paired();
  });

  test('takes 1 to 200 codes of at most 4,296 characters, and nothing else', async () => {
    const { api, ids } = desk;
    const params = { id: ids[0]! };
    const cases: readonly (readonly [unknown, number])[] = [
      [{ frames: Array.from({ length: 200 }, (_, at) => `junk ${at}`) }, 200],
      [{ frames: Array.from({ length: 201 }, () => 'junk') }, 400],
      [{ frames: ['A'.repeat(4296)] }, 200],
      [{ frames: ['A'.repeat(4297)] }, 400],
      [{ frames: [] }, 400],
      [{ frames: 'junk' }, 400],
      [{ frames: [1] }, 400],
      [{ frames: [null] }, 400],
      [{}, 400],
      [{ frames: ['junk'], requestId: ids[0] }, 400],
    ];
    for (const [body, status] of cases) {
      for (const operation of ['importResponseFrames', 'importFrames'] as const) {
        const found = await api.call(operation, { params, body });
        expect([body, found.status]).toEqual([body, status]);
        if (status === 200) expect(found.body).toEqual(partial(0, 0));
        else expect(checkError(found).code).toBe('invalid_request');
      }
    }
    expect(await framesIn(desk.world.store)).toEqual([]);
  });

  test('for a request that is unknown or malformed is refused', async () => {
    const unknown = await desk.post(`sr_${'0'.repeat(32)}`, ['junk']);
    expect(checkError(unknown).code).toBe('request_unknown');
    expect(checkError(await desk.post('sr_1', ['junk'])).code).toBe('invalid_request');
    expect(checkError(await desk.post('any', ['junk'])).code).toBe('invalid_request');
  });

  test('needs a key of an officer', async () => {
    const params = { id: desk.ids[0]! };
    const body = { frames: ['junk'] };
    for (const operation of ['importResponseFrames', 'importFrames'] as const) {
      for (const [role, status] of [
        [null, 401],
        ['exchange', 403],
        ['auditor', 403],
        ['officer', 200],
        ['admin', 200],
      ] as const) {
        const found = await desk.api.call(operation, { params, body, role });
        expect([operation, role, found.status]).toEqual([operation, role, status]);
      }
    }
  });
});
