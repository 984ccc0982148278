/** Responses: honest ones once, altered ones never; order, forks and races. */
import { openSigningRequest, type SigningResponse } from '@airlock/gap';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pairKeyring } from '../src/keyrings.ts';
import { importResponse, signaturesOf } from '../src/signing/responses.ts';
import { requestFile } from '../src/signing/signing.ts';
import { HonestSigner, identityOf, type RespondOptions } from './signer.ts';
import {
  answer,
  assign,
  butAlarms,
  codeOf,
  createUser,
  deposit,
  dump,
  openWorld,
  pairedWorld,
  replayed,
  request,
  type ServedNode,
  serveNode,
  type World,
} from './world.ts';

let served: ServedNode;
beforeAll(async () => {
  served = await serveNode();
});
afterAll(() => served.close());

let signers = 100;
let world: World;
let requestId: string;
const stateOf = ({ coordinator }: World) => coordinator.ledger.state;

/** One more deposit, swept by a request of its own. */
async function requestDeposit(amount: bigint): Promise<string> {
  await deposit(world, served, { address: await assign(world, 'alice'), amount });
  return (await request(world)).requestId!;
}

beforeEach(async () => {
  signers += 1;
  const signer = new HonestSigner({ number: signers, level: 2 });
  world = await pairedWorld({ node: served.node, signer });
  await createUser(world, 'alice');
  requestId = await requestDeposit(1000n);
});

/** Importing gives this code, and neither state nor store has changed. */
async function refused(file: Uint8Array, code: string): Promise<void> {
  const before = butAlarms(dump(stateOf(world)));
  const records = await world.store.get(`p/${requestId}`);
  expect(await codeOf(importResponse(world.coordinator, file))).toBe(code);
  expect(butAlarms(dump(stateOf(world)))).toEqual(before);
  expect(butAlarms(await replayed(world.store))).toEqual(before);
  expect(await world.store.get(`p/${requestId}`)).toBe(records);
}

/** What a clone of the signer answers, so that the signer itself is as before. */
const altered = (options: RespondOptions): Promise<Uint8Array> =>
  answer({ coordinator: world.coordinator, signer: world.signer.clone() }, requestId, options);

const inResponse = (change: (response: SigningResponse) => Partial<SigningResponse>) =>
  altered({ response: (response) => ({ ...response, ...change(response) }) });

/** The response's one result with a change to its signatures. */
const inSignatures = (
  change: (
    signatures: readonly (readonly [number, Uint8Array])[],
  ) => readonly (readonly [number, Uint8Array])[],
) =>
  inResponse(({ results }) => ({
    results: results.map((result) =>
      result.kind === 'signed' ? { ...result, signatures: change(result.signatures) } : result,
    ),
  }));

describe('an honest response', () => {
  test('is imported once; the same file again is alreadyImported and changes nothing', async () => {
    const file = await answer(world, requestId);
    const first = await importResponse(world.coordinator, file);
    expect(first).toMatchObject({ requestId, alreadyImported: false });
    expect(stateOf(world).get('sweeps', first.sweepIds[0]!)!.status).toBe('signed');
    const before = dump(stateOf(world));
    expect(await importResponse(world.coordinator, file)).toEqual({
      ...first,
      alreadyImported: true,
    });
    const again = await openWorld({ node: served.node, store: world.store, signer: world.signer });
    expect((await importResponse(again.coordinator, file)).alreadyImported).toBe(true);
    expect(dump(stateOf(again))).toEqual(before);
  });

  test('keeps the signatures for attaching, also after opening the store again', async () => {
    const { sweepIds } = await importResponse(world.coordinator, await answer(world, requestId));
    const again = await openWorld({ node: served.node, store: world.store, signer: world.signer });
    const sweep = stateOf(again).get('sweeps', sweepIds[0]!)!;
    const signatures = await signaturesOf(again.coordinator, sweep);
    expect([...signatures].map(([index, bytes]) => [index, bytes.length])).toEqual([[0, 2592]]);
  });

  test('of two outstanding requests may come in either order', async () => {
    const second = await requestDeposit(7n);
    const { coordinator } = world;
    const first = await answer(world, requestId);
    const later = await answer(world, second);
    await importResponse(coordinator, later);
    const { head } = world.signer;
    expect(stateOf(world).get('keyrings', world.signer.keyringId)!.head).toEqual(head);
    await importResponse(coordinator, first);
    expect(stateOf(world).get('keyrings', world.signer.keyringId)!.head).toEqual(head);
    for (const { status } of stateOf(world).rows('sweeps')) expect(status).toBe('signed');
    const third = await requestDeposit(8n);
    await importResponse(coordinator, await answer(world, third));
    expect(await replayed(world.store)).toEqual(dump(stateOf(world)));
  });

  test('carries entries of other kinds since the expected head', async () => {
    await world.signer.issue();
    world.signer.append({ kind: 'issued', batch: 9, count: 1, root: 'ab'.repeat(32) });
    await importResponse(world.coordinator, await answer(world, requestId));
    expect(stateOf(world).get('keyrings', world.signer.keyringId)!.head.number).toBe(2);
  });

  test('that refuses one of two sweeps signs the other and keeps the refused one’s inputs', async () => {
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 1n });
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 2n });
    const drafted = await request(world, { maxInputs: 1 });
    requestId = drafted.requestId!;
    const [, second] = drafted.sweeps;
    const file = await altered({
      verdicts: (verdicts) => verdicts.slice(0, 1),
      response: (response) => ({
        ...response,
        results: response.results.map((result, i) =>
          i === 1 ? { kind: 'refused', bundleHash: result.bundleHash, code: 'own_used' } : result,
        ),
      }),
    });
    await importResponse(world.coordinator, file);
    const statuses = drafted.sweeps.map(({ hash }) => stateOf(world).get('sweeps', hash)!.status);
    expect(statuses).toEqual(['signed', 'refused']);
    const { address } = second!.inputs[0]!;
    expect(stateOf(world).get('addresses', address)!.status).toBe('retired');
  });
});

describe('an altered response is refused and changes nothing', () => {
  test('with another digest, or of another request', async () => {
    await refused(
      await inResponse(() => ({ requestDigest: 'ab'.repeat(32) })),
      'response_mismatch',
    );
    const second = await requestDeposit(7n);
    await refused(await inResponse(() => ({ requestId: second })), 'response_mismatch');
    await refused(
      await inResponse(() => ({ requestId: `sr_${'0'.repeat(32)}` })),
      'request_unknown',
    );
  });

  test('with a result missing, too many, or of another bundle', async () => {
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 1n });
    await deposit(world, served, { address: await assign(world, 'alice'), amount: 2n });
    requestId = (await request(world, { maxInputs: 1 })).requestId!;
    const one = await inResponse(({ results }) => ({ results: results.slice(0, 1) }));
    await refused(one, 'response_mismatch');
    const three = await inResponse(({ results }) => ({ results: [...results, results[0]!] }));
    await refused(three, 'response_mismatch');
    const swapped = await inResponse(({ results }) => ({ results: [...results].reverse() }));
    await refused(swapped, 'response_mismatch');
  });

  test('with the signature of another key, another level, one missing or at another slot', async () => {
    const stranger = await new HonestSigner({ number: 250, level: 2 }).issue();
    expect(stranger.address).toHaveLength(81);
    const flipped = await inSignatures(([first]) => {
      const bytes = first![1].slice();
      // Another chain value that is canonical as well.
      bytes.copyWithin(0, 48, 96);
      return [[first![0], bytes]];
    });
    await refused(flipped, 'signature_invalid');
    const short = await inSignatures(([first]) => [[first![0], first![1].slice(0, 1296)]]);
    await refused(short, 'signature_invalid');
    const moved = await inSignatures(([first]) => [[1, first![1]]]);
    await refused(moved, 'response_mismatch');
    const twice = await inSignatures(([first]) => [first!, [2, first![1]]]);
    await refused(twice, 'response_mismatch');
  });

  test('with the verdicts of another request, none of this one, or other hashes in them', async () => {
    const second = await requestDeposit(7n);
    const other = openSigningRequest(await requestFile(world.coordinator, second), [
      world.coordinator.identity.publicKey,
    ]);
    const digest = await altered({
      event: (event) => ({ ...event, requestDigest: other.digest }) as typeof event,
    });
    await refused(digest, 'response_mismatch');
    const sequence = await altered({
      event: (event) => ({ ...event, sequence: 9 }) as typeof event,
    });
    await refused(sequence, 'response_mismatch');
    const hashes = await altered({
      verdicts: (verdicts) =>
        verdicts.map((each) => ({ ...each, bundleHash: `${'A'.repeat(80)}9` })),
    });
    await refused(hashes, 'response_mismatch');
    const kind = await altered({
      event: () => ({ kind: 'issued', batch: 1, count: 1, root: 'ab'.repeat(32) }),
    });
    await refused(kind, 'response_mismatch');
  });

  test('with entries that do not follow the head, or of another identity', async () => {
    world.signer.append({ kind: 'issued', batch: 1, count: 1, root: 'ab'.repeat(32) });
    const gap = await inResponse(({ entries }) => ({ entries: entries.slice(1) }));
    await refused(gap, 'signer_forked');
    const swapped = await inResponse(({ entries }) => ({ entries: [...entries].reverse() }));
    await refused(swapped, 'signer_forked');
    const forged = await inResponse(({ entries }) => ({
      entries: entries.map(({ body, signature }) => ({
        body,
        signature: signature.map((byte) => byte ^ 1),
      })),
    }));
    await refused(forged, 'file_invalid');
  });

  test('of a clone that signed apart, as signer_forked, whether it is behind or ahead', async () => {
    const clone = world.signer.clone();
    const second = await requestDeposit(7n);
    await importResponse(world.coordinator, await answer(world, requestId));
    const { coordinator } = world;
    const file = await answer({ coordinator, signer: clone }, second);
    await refused(file, 'signer_forked');
    const ahead = world.signer.clone();
    await refused(await answer({ coordinator, signer: ahead }, requestId), 'signer_forked');
    expect(stateOf(world).get('requests', second)!.status).toBe('outstanding');
  });

  test('of another keyring or network, of a signer that is not paired, or no response at all', async () => {
    await refused(
      await inResponse(() => ({ keyringId: `kr_${'00'.repeat(16)}` })),
      'response_mismatch',
    );
    await refused(await inResponse(() => ({ network: 'devnet' })), 'wrong_network');
    await refused(await altered({ identity: identityOf(251) }), 'wrong_keyring');
    await refused(world.signer.card(), 'file_invalid');
    await refused(await requestFile(world.coordinator, requestId), 'file_invalid');
    await refused(new Uint8Array([1, 2, 3]), 'file_invalid');
  });

  test('of another paired signer with the right words in it', async () => {
    const other = new HonestSigner({ number: 252 });
    await pairKeyring(world.coordinator, other.card());
    const file = await altered({ identity: other.identity });
    await refused(file, 'response_mismatch');
    const named = await altered({
      identity: other.identity,
      response: (response) => ({ ...response, keyringId: other.keyringId }),
    });
    await refused(named, 'response_mismatch');
  });

  test('at any flipped byte, or cut anywhere', async () => {
    const file = await altered({});
    for (let at = 0; at < file.length; at += Math.ceil(file.length / 40)) {
      const flipped = file.slice();
      flipped[at]! ^= 1;
      const code = await codeOf(importResponse(world.coordinator, flipped));
      expect(['file_invalid', 'wrong_keyring']).toContain(code);
      expect(await codeOf(importResponse(world.coordinator, file.slice(0, at)))).toBe(
        'file_invalid',
      );
    }
    expect(stateOf(world).get('requests', requestId)!.status).toBe('outstanding');
    await importResponse(world.coordinator, file);
  });

  test('with other bytes than the one imported before, as signer_forked', async () => {
    await importResponse(world.coordinator, await answer(world, requestId));
    const stored = Buffer.from((await world.store.get(`p/${requestId}`))!, 'base64');
    const opened = stored.length;
    expect(opened).toBeGreaterThan(2592);
    const { coordinator } = world;
    const file = await answer({ coordinator, signer: world.signer.clone() }, requestId);
    await refused(file, 'signer_forked');
  });
});

describe('responses at the same time', () => {
  test('the same file twice is imported once; the other call hears state_changed', async () => {
    const file = await answer(world, requestId);
    const calls = [1, 2, 3].map(() => importResponse(world.coordinator, file));
    const codes = (await Promise.allSettled(calls)).map((each) =>
      each.status === 'fulfilled' ? 'done' : (each.reason as { code: string }).code,
    );
    expect(codes.sort()).toEqual(['done', 'state_changed', 'state_changed']);
    expect((await importResponse(world.coordinator, file)).alreadyImported).toBe(true);
  });

  test('two forks never both get in', async () => {
    const second = await requestDeposit(7n);
    const { coordinator } = world;
    const files = [
      await answer({ coordinator, signer: world.signer.clone() }, requestId),
      await answer({ coordinator, signer: world.signer.clone() }, second),
    ];
    const outcomes = await Promise.allSettled(
      files.map((file) => importResponse(coordinator, file)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await codeOf(importResponse(coordinator, files[1]!))).toBe('signer_forked');
  });
});
