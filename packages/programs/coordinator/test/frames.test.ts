/** Codes read from a signer's screen: in any order, over calls and restarts, imported as the file is. */
import { type MessageType, openEnvelope, sealEnvelope } from '@airlock/gap';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { pairingCard } from '../src/keyrings.ts';
import { importResponse } from '../src/responses.ts';
import { requestFile } from '../src/signing.ts';
import { createMemoryStore } from '../src/store/memory-store.ts';
import { KEYSPACES, keyOf, type Store } from '../src/store/store.ts';
import { framesIn, type Screen, screenOf, shuffled, strangers } from './screen.ts';
import { type Answer, type Api, checkError, serveApi } from './served.ts';
import { HonestSigner, identityOf } from './signer.ts';
import {
  answer,
  copyOf,
  createUser,
  dump,
  openWorld,
  pairedWorld,
  receiptOf,
  request,
  requestDeposit,
  type ServedNode,
  serveNode,
  type World,
} from './world.ts';

let served: ServedNode;
const apis: Api[] = [];
beforeAll(async () => {
  served = await serveNode();
});
afterAll(async () => {
  for (const api of apis) await api.close();
  await served.close();
});

let signers = 140;
interface Desk {
  readonly world: World;
  readonly api: Api;
  /** Codes of an answer to a request. */
  readonly post: (requestId: string, frames: readonly string[]) => Promise<Answer>;
  readonly postAny: (frames: readonly string[]) => Promise<Answer>;
}

async function deskOf(world: World): Promise<Desk> {
  const api = await serveApi(world);
  apis.push(api);
  return {
    world,
    api,
    post: (id, frames) => api.call('importResponseFrames', { params: { id }, body: { frames } }),
    postAny: (frames) => api.call('importFrames', { body: { frames } }),
  };
}

/** A coordinator with a signer of its own, and requests that wait for an answer. */
async function openDesk(requests = 1, store?: Store): Promise<Desk & { readonly ids: string[] }> {
  signers += 1;
  const signer = new HonestSigner({ number: signers });
  const options = { node: served.node, signer };
  const world = await pairedWorld(store === undefined ? options : { ...options, store }, 15);
  await createUser(world, 'alice');
  const ids: string[] = [];
  for (let i = 0; i < requests; i += 1) {
    ids.push(await requestDeposit(world, served, { amount: BigInt(i + 1) }));
  }
  return { ...(await deskOf(world)), ids };
}

/** Closed and opened again on the same store. */
async function reopened({ world: { store, signer } }: Desk): Promise<Desk> {
  return deskOf(await openWorld({ node: served.node, store, signer }));
}

const statusesOf = ({ world }: Desk): string[] =>
  [...world.coordinator.ledger.state.rows('sweeps')].map(({ status }) => status).sort();
const requestStatus = ({ world }: Desk, id: string): string | undefined =>
  world.coordinator.ledger.state.get('requests', id)?.status;
/** All that is journaled, but the head: in it are times. */
const rowsOf = ({ coordinator }: World): unknown => ({
  ...dump(coordinator.ledger.state),
  head: null,
});
const partial = (received: number, needed: number): unknown => ({
  received,
  needed,
  complete: false,
  imported: null,
});
const whole = ({ count }: Screen, type: MessageType, id: string): unknown => ({
  received: count,
  needed: count,
  complete: true,
  imported: { type, id },
});

/** The same payload, signed by somebody else. */
function forged(file: Uint8Array): Uint8Array {
  const { type, payload } = openEnvelope(file);
  return sealEnvelope(type, payload, [identityOf(99)]);
}

describe('the codes of a response', () => {
  test('in any order over several calls, with duplicates, junk and strangers, are imported as its file', async () => {
    const desk = await openDesk();
    const id = desk.ids[0]!;
    const file = await answer(desk.world, id);
    const byFile = await openWorld({
      node: served.node,
      store: await copyOf(desk.world.store),
      signer: desk.world.signer,
    });
    await importResponse(byFile.coordinator, file);

    const screen = screenOf(file);
    expect(screen.count).toBe(9);
    // From the middle of the loop, any K in a row are enough.
    const codes = shuffled(screen.texts.slice(7, 7 + 9), 1);
    const wallet = strangers('crypto-psbt', 3);
    for (const [at, code] of codes.entries()) {
      const letter = code.at(-1) === 'A' ? 'B' : 'A';
      const { body } = await desk.post(id, [
        '',
        ' \n',
        'https://example.com/?ur:airlock-signing-response/1-9/aa',
        'UR:AIRLOCK-SIGNING-RESPONSE/1-9/AEAEAEAE',
        code.slice(0, -2),
        code.slice(0, -1) + letter,
        code.replace(/\/\d+-/, '/1-'),
        ...strangers('bytes', 1),
        wallet[at % 3]!,
        ...codes.slice(Math.max(0, at - 2), at),
        // A scanner's line in the case it likes; and once more.
        at % 2 === 0 ? ` ${code.toLowerCase()}\r\n` : code,
        code,
      ]);
      expect(body).toEqual(at < 8 ? partial(at + 1, 9) : whole(screen, 'signing-response', id));
      if (at < 8) expect(await framesIn(desk.world.store)).toHaveLength(at + 1);
    }
    expect(statusesOf(desk)).toEqual(['signed']);
    expect(rowsOf(desk.world)).toEqual(rowsOf(byFile));
    const key = keyOf('responses', id);
    expect(await desk.world.store.get(key)).toBe(await byFile.store.get(key));
    expect(await framesIn(desk.world.store)).toEqual([]);
  });

  test('shown again after it was imported, or after its file was, change nothing', async () => {
    const desk = await openDesk();
    const id = desk.ids[0]!;
    const file = await answer(desk.world, id);
    const screen = screenOf(file, 5);
    await desk.api.call('importSigningResponse', { body: file });
    const { head } = desk.world.coordinator.ledger.state;
    for (let round = 0; round < 2; round += 1) {
      for (const code of screen.texts.slice(0, 4)) await desk.post(id, [code]);
      // They are of no use to a request that is answered.
      expect(await framesIn(desk.world.store)).toEqual([]);
      const { body } = await desk.post(id, [screen.texts[4]!]);
      expect(body).toEqual(whole(screen, 'signing-response', id));
    }
    expect(desk.world.coordinator.ledger.state.head).toEqual(head);
    const again = await desk.api.call('importSigningResponse', { body: file });
    expect(again.body).toMatchObject({ alreadyImported: true });
  });

  test('of a sequential animation, and in a single code, are taken as well', async () => {
    const desk = await openDesk();
    const id = desk.ids[0]!;
    const peeled = screenOf(await answer(desk.world, id), 6, 'sequential');
    // One of the plain ones was missed: the mixes after them make up for it.
    const { body } = await desk.post(id, peeled.texts.slice(1, 12));
    expect(body).toEqual(whole(peeled, 'signing-response', id));
    const single = screenOf(desk.world.signer.card(), 1);
    expect(single.texts).toEqual([expect.stringMatching(/^UR:AIRLOCK-PAIRING-CARD\/[A-Z]+$/)]);
    const { body: taken } = await desk.postAny(single.texts);
    expect(taken).toEqual(whole(single, 'pairing-card', desk.world.signer.keyringId));
  });

  test('go on after a restart with those that are stored', async () => {
    const desk = await openDesk();
    const id = desk.ids[0]!;
    const screen = screenOf(await answer(desk.world, id));
    await desk.post(id, screen.texts.slice(0, 4));
    const second = await reopened(desk);
    expect((await second.post(id, ['junk'])).body).toEqual(partial(4, 9));
    expect((await second.post(id, screen.texts.slice(2, 7))).body).toEqual(partial(7, 9));
    const third = await reopened(second);
    const { body } = await third.post(id, screen.texts.slice(7, 9));
    expect(body).toEqual(whole(screen, 'signing-response', id));
    expect(statusesOf(third)).toEqual(['signed']);
    expect(await framesIn(desk.world.store)).toEqual([]);
  });

  test('posted all at once, one by one and twice, are imported once', async () => {
    const desk = await openDesk();
    const id = desk.ids[0]!;
    const screen = screenOf(await answer(desk.world, id));
    const codes = shuffled([...screen.texts.slice(0, 9), ...screen.texts.slice(0, 9)], 2);
    const { number } = desk.world.coordinator.ledger.state.head;
    const answers = await Promise.all(codes.map((code) => desk.post(id, [code])));
    expect(answers.map(({ status }) => status)).toEqual(codes.map(() => 200));
    const completed = answers.filter(({ body }) => body.complete);
    expect(completed.map(({ body }) => body)).toEqual([whole(screen, 'signing-response', id)]);
    expect(statusesOf(desk)).toEqual(['signed']);
    expect(desk.world.coordinator.ledger.state.head.number).toBe(number + 1);
    expect(await framesIn(desk.world.store)).toEqual([]);
  });
});

describe('two requests', () => {
  test('codes of A never complete B, wherever they are shown', async () => {
    const desk = await openDesk(2);
    const [a, b] = desk.ids as [string, string];
    const ofA = screenOf(await answer(desk.world, a));
    const ofB = screenOf(await answer(desk.world, b));
    expect((await desk.post(b, ofA.texts.slice(0, 8))).body).toEqual(partial(8, 9));
    expect((await desk.post(b, ofB.texts.slice(0, 8))).body).toEqual(partial(8, 9));
    // The last code of A to A: what B has seen of it does not help.
    expect((await desk.post(a, ofA.texts.slice(8, 9))).body).toEqual(partial(1, 9));
    expect(statusesOf(desk)).toEqual(['requested', 'requested']);
    expect((await desk.post(a, ofA.texts.slice(0, 8))).body).toEqual(
      whole(ofA, 'signing-response', a),
    );
    expect((await desk.post(b, ofB.texts.slice(8, 9))).body).toEqual(
      whole(ofB, 'signing-response', b),
    );
    expect(await framesIn(desk.world.store)).toEqual([]);
  });

  test('the answer to A shown to B says whose it is, and B goes on waiting for its own', async () => {
    const desk = await openDesk(2);
    const [a, b] = desk.ids as [string, string];
    const ofA = screenOf(await answer(desk.world, a));
    const ofB = screenOf(await answer(desk.world, b));
    await desk.post(b, ofB.texts.slice(0, 4));
    const error = checkError(await desk.post(b, ofA.texts.slice(0, 9)));
    expect(error).toMatchObject({ code: 'response_mismatch', next: `show the response to ${b}` });
    expect(error.message).toContain(a);
    expect([requestStatus(desk, a), requestStatus(desk, b)]).toEqual(['answered', 'outstanding']);
    expect(await framesIn(desk.world.store)).toHaveLength(4);
    const { body } = await desk.post(b, ofB.texts.slice(4, 9));
    expect(body).toEqual(whole(ofB, 'signing-response', b));
  });

  test('both answers in one call: the one that is wanted is told', async () => {
    const desk = await openDesk(2);
    const [a, b] = desk.ids as [string, string];
    const ofA = screenOf(await answer(desk.world, a));
    const ofB = screenOf(await answer(desk.world, b));
    const both = shuffled([...ofA.texts.slice(0, 9), ...ofB.texts.slice(0, 9)], 3);
    // A first, since the signer's record is followed in its order.
    const { body } = await desk.post(a, [...ofA.texts.slice(0, 9), ...both]);
    expect(body).toEqual(whole(ofA, 'signing-response', a));
    expect(statusesOf(desk)).toEqual(['signed', 'signed']);
  });
});

describe('answers that are refused as their files are', () => {
  test('to a request of another coordinator', async () => {
    const desk = await openDesk();
    const other = await openDesk();
    const screen = screenOf(await answer(other.world, other.ids[0]!));
    const error = checkError(await desk.post(desk.ids[0]!, screen.texts.slice(0, 9)));
    expect(error.code).toBe('wrong_keyring');
    expect(requestStatus(desk, desk.ids[0]!)).toBe('outstanding');
    expect(await framesIn(desk.world.store)).toEqual([]);
  });

  test('sealed by another key: the true one, shown after it or with it, is imported', async () => {
    const desk = await openDesk(2);
    const [a, b] = desk.ids as [string, string];
    const answers = [await answer(desk.world, a), await answer(desk.world, b)] as const;
    const forgery = screenOf(forged(answers[0]));
    const before = dump(desk.world.coordinator.ledger.state);
    for (let round = 0; round < 2; round += 1) {
      const error = checkError(await desk.post(a, forgery.texts.slice(0, 9)));
      expect(error.code).toBe('wrong_keyring');
    }
    expect(dump(desk.world.coordinator.ledger.state)).toEqual(before);
    expect(await framesIn(desk.world.store)).toEqual([]);
    const truth = screenOf(answers[0]);
    const { body } = await desk.post(a, truth.texts.slice(0, 9));
    expect(body).toEqual(whole(truth, 'signing-response', a));

    const other = screenOf(forged(answers[1]));
    const second = screenOf(answers[1]);
    const mixed = [...other.texts.slice(0, 9), ...second.texts.slice(0, 9)];
    expect((await desk.post(b, mixed)).body).toEqual(whole(second, 'signing-response', b));
  });

  test('altered in a byte, with codes that are whole', async () => {
    const desk = await openDesk();
    const file = await answer(desk.world, desk.ids[0]!);
    const { texts } = screenOf(file);
    const altered = file.slice();
    altered[altered.length - 1]! ^= 1;
    const { texts: wrong } = screenOf(altered);
    expect(wrong[0]).not.toBe(texts[0]);
    const error = checkError(await desk.post(desk.ids[0]!, wrong.slice(0, 9)));
    expect(error.code).toBe('file_invalid');
    expect(statusesOf(desk)).toEqual(['requested']);
  });

  test('of another type than answers a request: it says which was shown', async () => {
    const desk = await openDesk();
    const id = desk.ids[0]!;
    const { coordinator, signer } = desk.world;
    for (const [file, type] of [
      [signer.card(), 'pairing-card'],
      [signer.record(), 'record-export'],
      [await requestFile(coordinator, id), 'signing-request'],
    ] as const) {
      const error = checkError(await desk.post(id, screenOf(file, 2).texts));
      expect(error).toMatchObject({
        code: 'file_invalid',
        message: `the codes are of a ${type}`,
        next: 'show the codes of a signing-response or void-receipt',
      });
    }
    const request = screenOf(await requestFile(coordinator, id), 2);
    expect(checkError(await desk.postAny(request.texts)).code).toBe('file_invalid');
    expect(requestStatus(desk, id)).toBe('outstanding');
  });

  test('of a second signer: the alarm is raised, also where a good answer came with it', async () => {
    const desk = await openDesk(2);
    const [a, b] = desk.ids as [string, string];
    const first = screenOf(await answer(desk.world, a));
    await desk.post(a, first.texts.slice(0, 9));
    const twin = { ...desk.world, signer: desk.world.signer.clone() };
    const fork = screenOf(await answer(twin, a));
    const good = screenOf(await answer(desk.world, b));
    const error = checkError(
      await desk.postAny([...fork.texts.slice(0, 9), ...good.texts.slice(0, 9)]),
    );
    expect(error.code).toBe('signer_forked');
    expect(requestStatus(desk, b)).toBe('answered');
  });
});

describe('other files of a signer', () => {
  test('a void receipt on its request', async () => {
    const desk = await openDesk();
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
    signers += 1;
    const signer = new HonestSigner({ number: signers });
    const world = await openWorld({ node: served.node, signer });
    const desk = await deskOf(world);
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
    const signed = await requestDeposit(world, served, { amount: 5n });
    await take(await answer(world, signed), signed);
    const voided = await requestDeposit(world, served, { amount: 6n });
    await take(await receiptOf(world, voided), voided);
    signer.append({ kind: 'network-accepted' });
    await take(signer.record(), signer.keyringId);
    const keyring = world.coordinator.ledger.state.get('keyrings', signer.keyringId);
    expect(keyring).toMatchObject({ head: signer.head, networkAccepted: true });
    expect(requestStatus(desk, signed)).toBe('answered');
    expect(requestStatus(desk, voided)).toBe('voided');
  });

  test('card and batch in one call are both imported', async () => {
    signers += 1;
    const signer = new HonestSigner({ number: signers });
    const desk = await deskOf(await openWorld({ node: served.node, signer }));
    const card = screenOf(signer.card(), 2);
    const batch = screenOf(await signer.batch(5), 3);
    const { body } = await desk.postAny([...card.texts.slice(0, 2), ...batch.texts.slice(0, 3)]);
    expect(body).toEqual(whole(batch, 'address-batch', signer.keyringId));
    expect(desk.world.coordinator.ledger.state.size('addresses')).toBe(5);
  });

  test('our own card is no card of a signer', async () => {
    const desk = await openDesk(0);
    const own = screenOf(pairingCard(desk.world.coordinator), 2);
    expect(checkError(await desk.postAny(own.texts)).code).toBe('file_invalid');
    expect(desk.world.coordinator.ledger.state.size('keyrings')).toBe(1);
  });
});

describe('the store', () => {
  test('keeps no junk, no stranger, no duplicate, and of our own no more than eight transfers', async () => {
    const desk = await openDesk();
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
    const desk = await openDesk(2);
    const [a, b] = desk.ids as [string, string];
    const file = await answer(desk.world, a);
    await desk.post(a, screenOf(file).texts.slice(0, 4));
    const ofB = screenOf(await answer(desk.world, b));
    await desk.post(b, ofB.texts.slice(0, 2));
    await desk.api.call('importSigningResponse', { body: file });
    expect(await framesIn(desk.world.store)).toHaveLength(6);
    const second = await reopened(desk);
    await second.postAny(['junk']);
    expect((await framesIn(desk.world.store)).sort()).toEqual(ofB.texts.slice(0, 2).sort());
    await second.api.call('importSigningResponse', { body: await answer(desk.world, b) });
    await second.post(b, ['junk']);
    expect(await framesIn(desk.world.store)).toEqual([]);
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
    const desk = await openDesk(1, store);
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
    const second = await reopened(desk);
    expect(requestStatus(second, id)).toBe('answered');
    await second.postAny(['junk']);
    expect(await framesIn(memory)).toEqual([]);
  });
});

describe('a call', () => {
  let desk: Awaited<ReturnType<typeof openDesk>>;
  beforeAll(async () => {
    desk = await openDesk();
  });

  test('takes 1 to 500 codes of at most 4,296 characters, and nothing else', async () => {
    const { api, ids } = desk;
    const params = { id: ids[0]! };
    const cases: readonly (readonly [unknown, number])[] = [
      [{ frames: Array.from({ length: 500 }, (_, at) => `junk ${at}`) }, 200],
      [{ frames: Array.from({ length: 501 }, () => 'junk') }, 400],
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
