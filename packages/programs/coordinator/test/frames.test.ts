/** Codes of an answer, read from a signer's screen: in any order, over calls and restarts, as its file. */
import { openEnvelope, sealEnvelope } from '@airlock/gap';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { importResponse } from '../src/signing/responses.ts';
import { requestFile } from '../src/signing/signing.ts';
import { keyOf } from '../src/store/store.ts';
import { Desks, partial, requestStatus, statusesOf, whole } from './desk.ts';
import { framesIn, screenOf, shuffled, strangers } from './screen.ts';
import { checkError } from './served.ts';
import { identityOf } from './signer.ts';
import { answer, copyOf, dump, openWorld, type World } from './world.ts';

let desks: Desks;
beforeAll(async () => {
  desks = await Desks.open();
});
afterAll(() => desks.close());

/** All that is journaled, but the head: in it are times. */
const rowsOf = ({ coordinator }: World): unknown => ({
  ...dump(coordinator.ledger.state),
  head: null,
});

/** The same payload, signed by somebody else. */
function forged(file: Uint8Array): Uint8Array {
  const { type, payload } = openEnvelope(file);
  return sealEnvelope(type, payload, [identityOf(99)]);
}

describe('the codes of a response', () => {
  test('in any order over several calls, with duplicates, junk and strangers, are imported as its file', async () => {
    const desk = await desks.paired();
    const id = desk.ids[0]!;
    const file = await answer(desk.world, id);
    const byFile = await openWorld({
      node: desks.served.node,
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
    const desk = await desks.paired();
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
    const desk = await desks.paired();
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
    const desk = await desks.paired();
    const id = desk.ids[0]!;
    const screen = screenOf(await answer(desk.world, id));
    await desk.post(id, screen.texts.slice(0, 4));
    const second = await desks.reopened(desk);
    expect((await second.post(id, ['junk'])).body).toEqual(partial(4, 9));
    expect((await second.post(id, screen.texts.slice(2, 7))).body).toEqual(partial(7, 9));
    const third = await desks.reopened(second);
    const { body } = await third.post(id, screen.texts.slice(7, 9));
    expect(body).toEqual(whole(screen, 'signing-response', id));
    expect(statusesOf(third)).toEqual(['signed']);
    expect(await framesIn(desk.world.store)).toEqual([]);
  });

  test('posted all at once, one by one and twice, are imported once', async () => {
    const desk = await desks.paired();
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
    const desk = await desks.paired(2);
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
    const desk = await desks.paired(2);
    const [a, b] = desk.ids as [string, string];
    const ofA = screenOf(await answer(desk.world, a));
    const ofB = screenOf(await answer(desk.world, b));
    await desk.post(b, ofB.texts.slice(0, 4));
    const error = checkError(await desk.post(b, ofA.texts.slice(0, 9)));
    expect(error.code).toBe('response_mismatch');
    expect(error.next).toContain(`show the response to ${b}`);
    expect(error.message).toContain(a);
    expect([requestStatus(desk, a), requestStatus(desk, b)]).toEqual([
      'outstanding',
      'outstanding',
    ]);
    expect(await framesIn(desk.world.store)).toHaveLength(4);
    const { body } = await desk.post(b, ofB.texts.slice(4, 9));
    expect(body).toEqual(whole(ofB, 'signing-response', b));
  });

  test('both answers in one call: the one that is wanted is told', async () => {
    const desk = await desks.paired(2);
    const [a, b] = desk.ids as [string, string];
    const ofA = screenOf(await answer(desk.world, a));
    const ofB = screenOf(await answer(desk.world, b));
    const both = shuffled([...ofA.texts.slice(0, 9), ...ofB.texts.slice(0, 9)], 3);
    // A first, since the signer's record is followed in its order.
    const { body } = await desk.post(a, [...ofA.texts.slice(0, 9), ...both]);
    expect(body).toEqual(whole(ofA, 'signing-response', a));
    expect([requestStatus(desk, a), requestStatus(desk, b)]).toEqual(['answered', 'outstanding']);
  });
});

describe('answers that are refused as their files are', () => {
  test('to a request of another coordinator', async () => {
    const desk = await desks.paired();
    const other = await desks.paired();
    const screen = screenOf(await answer(other.world, other.ids[0]!));
    const error = checkError(await desk.post(desk.ids[0]!, screen.texts.slice(0, 9)));
    expect(error.code).toBe('wrong_keyring');
    expect(requestStatus(desk, desk.ids[0]!)).toBe('outstanding');
    expect(await framesIn(desk.world.store)).toEqual([]);
  });

  test('sealed by another key: the true one, shown after it or with it, is imported', async () => {
    const desk = await desks.paired(2);
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
    const desk = await desks.paired();
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
    const desk = await desks.paired();
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
    const desk = await desks.paired(2);
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
