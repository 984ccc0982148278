/** Record entries: numbered, chained, signed; anything else in their place is refused. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { encode as cborgEncode, rfc8949EncodeOptions } from 'cborg';
import { type CborMap, type CborValue, decodeCbor, encodeCbor } from '../src/cbor.ts';
import {
  EMPTY_HEAD,
  headOf,
  openEntry,
  readEntry,
  type SealedEntry,
  sealEntry,
} from '../src/record-entry.ts';
import {
  COORDINATOR,
  DIGEST,
  EVENTS,
  hex,
  OPENED,
  placesOf,
  refusal,
  replaced,
  SIGNER,
  sealedEntries,
  unhex,
  verdictOf,
} from './samples.ts';

const CONTEXT = Buffer.from('airlock:record/v1\0');
const signed = (body: Uint8Array): SealedEntry => ({
  body,
  signature: SIGNER.sign(Buffer.concat([CONTEXT, body])),
});
const first = sealEntry(EMPTY_HEAD, { at: 5, event: OPENED }, SIGNER);
const open = (entry: SealedEntry, head = EMPTY_HEAD): ReturnType<typeof openEntry> =>
  openEntry(entry, head, SIGNER.publicKey);
const verdict = (entry: SealedEntry, head = EMPTY_HEAD): string =>
  verdictOf(() => open(entry, head));

describe('a sealed entry', () => {
  test('is signed over its context and bytes, and names the entry before', () => {
    const body = cborgEncode(
      new Map<number, unknown>([
        [1, 8],
        [2, unhex(DIGEST)],
        [3, 1_700_000_000_000],
        [4, [2, new Map([[1, COORDINATOR.publicKey]])]],
      ]),
      rfc8949EncodeOptions,
    );
    const event = { kind: 'revoked', publicKey: COORDINATOR.publicKey } as const;
    const head = { number: 7, hash: DIGEST };
    const sealed = sealEntry(head, { at: 1_700_000_000_000, event }, SIGNER);
    expect(hex(sealed.body)).toBe(hex(body));
    const der = Buffer.concat([unhex('302a300506032b6570032100'), SIGNER.publicKey]);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    expect(verify(null, Buffer.concat([CONTEXT, body]), key, sealed.signature)).toBe(true);
    const hash = createHash('sha256').update(body).digest('hex');
    expect(open(sealed, head).head).toEqual({ number: 8, hash });
    expect(headOf(open(sealed, head).entry, sealed.body)).toEqual({ number: 8, hash });
  });

  test('of each kind opens to what was sealed, one after the other', () => {
    let head = EMPTY_HEAD;
    for (const [index, sealed] of sealedEntries().entries()) {
      const opened = open(sealed, head);
      expect(opened.entry).toEqual({
        number: index + 1,
        previous: head.hash,
        at: 1_700_000_000_000 + index,
        event: EVENTS[index],
      });
      head = opened.head;
    }
    expect(head.number).toBe(EVENTS.length);
  });
});

describe('an entry on its own', () => {
  const entries = sealedEntries();
  const read = (entry: SealedEntry, { publicKey } = SIGNER): ReturnType<typeof readEntry> =>
    readEntry(entry, publicKey);

  test('opens without the one before', () => {
    expect(read(entries[3]!)).toMatchObject({ number: 4, event: EVENTS[3] });
    expect(read(entries[0]!).previous).toBe(EMPTY_HEAD.hash);
  });

  test('of another key is refused with signature_invalid, before its fields are read', () => {
    expect(verdictOf(() => read(entries[3]!, COORDINATOR))).toBe('signature_invalid');
    const body = new Uint8Array();
    const { signature } = entries[3]!;
    expect(verdictOf(() => read({ body, signature }))).toBe('signature_invalid');
    expect(verdictOf(() => read(signed(unhex('a0'))))).toBe('field_missing');
  });
});

describe('the chain', () => {
  const entries = sealedEntries();

  test('refuses an entry left out, repeated or out of order with chain_broken', () => {
    const after = open(entries[0]!).head;
    expect(verdict(entries[1]!, after)).toBe('accepted');
    expect(verdict(entries[0]!, after)).toBe('chain_broken');
    expect(verdict(entries[2]!, after)).toBe('chain_broken');
    expect(verdict(entries[1]!)).toBe('chain_broken');
  });

  test('refuses the right previous hash under a wrong number, and the other way round', () => {
    const after = open(entries[0]!).head;
    expect(verdict(entries[1]!, { ...after, number: 0 })).toBe('chain_broken');
    expect(verdict(entries[1]!, { ...after, number: 2 })).toBe('chain_broken');
    expect(verdict(entries[1]!, { ...after, hash: DIGEST })).toBe('chain_broken');
  });

  test('says by numbers what was expected and what came', () => {
    expect(refusal(() => open(entries[2]!)).message).toMatch(/expected entry 1 .* but entry 3 /);
  });

  test('shows a fork: two entries with one number have different heads', () => {
    const other = sealEntry(EMPTY_HEAD, { at: 6, event: OPENED }, SIGNER);
    expect(open(other).head.hash).not.toBe(open(first).head.hash);
  });
});

describe('the signature', () => {
  test('of another key, of other bytes or without the context is refused', () => {
    expect(verdictOf(() => openEntry(first, EMPTY_HEAD, COORDINATOR.publicKey))).toBe(
      'signature_invalid',
    );
    const bare = { body: first.body, signature: SIGNER.sign(first.body) };
    expect(verdict(bare)).toBe('signature_invalid');
    const short = { body: first.body, signature: first.signature.subarray(1) };
    expect(verdict(short)).toBe('signature_invalid');
  });

  test('is refused whatever bit of the entry is flipped', () => {
    for (const part of ['body', 'signature'] as const) {
      for (let bit = 0; bit < first[part].length * 8; bit += 1) {
        const flipped = first[part].slice();
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        expect(verdict({ ...first, [part]: flipped })).toBe('signature_invalid');
      }
    }
  });

  test('comes before the chain and the fields', () => {
    const body = new Uint8Array();
    expect(verdict({ body, signature: new Uint8Array(64) })).toBe('signature_invalid');
    expect(verdict(signed(body))).toBe('cbor_truncated');
  });
});

describe('the fields of a signed entry', () => {
  let head = EMPTY_HEAD;
  const links = sealedEntries().map((sealed) => {
    const link = { kind: open(sealed, head).entry.event.kind, before: head, body: sealed.body };
    head = open(sealed, head).head;
    return link;
  });
  const spoil = (kind: string, path: readonly number[], item: CborValue | undefined): string => {
    const { body, before } = links.find((link) => link.kind === kind)!;
    return verdict(signed(encodeCbor(replaced(decodeCbor(body), path, item))), before);
  };

  test.each(links)('of kind $kind are all needed and all there are', ({ kind, body }) => {
    for (const { path, value } of placesOf(decodeCbor(body))) {
      if (!(value instanceof Map)) continue;
      for (const key of (value as CborMap).keys()) {
        expect(spoil(kind, [...path, Number(key)], undefined)).toBe('field_missing');
      }
      expect(spoil(kind, [...path, 0], 0n)).toBe('field_unknown');
      expect(spoil(kind, [...path, 99], 0n)).toBe('field_unknown');
    }
  });

  const many = <T>(count: number, item: T): T[] => Array<T>(count).fill(item);
  const key: CborValue = [new Uint8Array(32), 1n];
  const id = unhex('00000000000040008000000000000000');
  const verdictOfBundle: CborValue = new Map<bigint, CborValue>([
    [1n, new Uint8Array(48)],
    [2n, [key]],
    [3n, []],
  ]);

  test.each<readonly [string, string, number[], CborValue, string]>([
    ['a number of 2^53', 'opened', [1], 2n ** 53n, 'field_range'],
    ['a previous hash of 31 bytes', 'opened', [2], new Uint8Array(31), 'field_range'],
    ['a time of 2^53-1', 'opened', [3], 2n ** 53n - 1n, 'accepted'],
    ['a time of 2^53', 'opened', [3], 2n ** 53n, 'field_range'],
    ['a negative time', 'opened', [3], -1n, 'field_range'],
    ['an unknown kind', 'opened', [4, 0], 10n, 'field_range'],
    ['another kind with these fields', 'opened', [4, 0], 1n, 'field_type_or_range'],
    ['a key of 31 bytes', 'opened', [4, 1, 3], new Uint8Array(31), 'field_range'],
    ['an unknown network', 'opened', [4, 1, 2], 'testnet', 'field_range'],
    ['level 0 of a keyring', 'opened', [4, 1, 1, 3], 0n, 'field_range'],
    ['an unknown role', 'paired', [4, 1, 1], 'auditor', 'field_range'],
    ['a key of 33 bytes', 'revoked', [4, 1, 1], new Uint8Array(33), 'field_range'],
    ['a batch of 250,000', 'issued', [4, 1, 2], 250_000n, 'accepted'],
    ['a batch of 250,001', 'issued', [4, 1, 2], 250_001n, 'field_range'],
    ['a root of 33 bytes', 'issued', [4, 1, 3], new Uint8Array(33), 'field_range'],
    ['a request id of 15 bytes', 'signed', [4, 1, 1], new Uint8Array(15), 'field_range'],
    ['no verdict', 'signed', [4, 1, 4], [], 'field_range'],
    ['32 verdicts', 'signed', [4, 1, 4], many(32, verdictOfBundle), 'accepted'],
    ['33 verdicts', 'signed', [4, 1, 4], many(33, verdictOfBundle), 'field_range'],
    ['no key', 'signed', [4, 1, 4, 0, 2], [], 'field_range'],
    ['20 keys', 'signed', [4, 1, 4, 0, 2], many(20, key), 'accepted'],
    ['21 keys', 'signed', [4, 1, 4, 0, 2], many(21, key), 'field_range'],
    ['a key without a level', 'signed', [4, 1, 4, 0, 2], [[new Uint8Array(32)]], 'field_range'],
    ['128 withdrawals', 'signed', [4, 1, 4, 0, 3], many(128, id), 'accepted'],
    ['129 withdrawals', 'signed', [4, 1, 4, 0, 3], many(129, id), 'field_range'],
    ['an id that is no UUID 4', 'signed', [4, 1, 4, 0, 3, 0], new Uint8Array(16), 'field_range'],
    [
      'a hash out of the domain',
      'signed',
      [4, 1, 4, 0, 1],
      new Uint8Array(48).fill(0x7f),
      'field_range',
    ],
    ['sequence 0', 'voided', [4, 1, 2], 0n, 'field_range'],
    ['a digest of 31 bytes', 'voided', [4, 1, 3], new Uint8Array(31), 'field_range'],
    ['no bundle', 'voided', [4, 1, 4], [], 'field_range'],
    ['32 bundles', 'voided', [4, 1, 4], many(32, new Uint8Array(48)), 'accepted'],
    ['33 bundles', 'voided', [4, 1, 4], many(33, new Uint8Array(48)), 'field_range'],
    ['freed inputs', 'voided', [4, 1, 5], true, 'accepted'],
    ['a number for what it frees', 'voided', [4, 1, 5], 0n, 'field_type'],
    ['epoch 1, which has no home before', 'moved-out', [4, 1, 1], 1n, 'field_range'],
    ['epoch 1,000,000', 'moved-out', [4, 1, 1], 1_000_000n, 'accepted'],
    ['epoch 1,000,001', 'moved-out', [4, 1, 1], 1_000_001n, 'field_range'],
    ['epoch 1, which nobody handed over', 'moved-in', [4, 1, 1], 1n, 'field_range'],
    ['epoch 1,000,000', 'moved-in', [4, 1, 1], 1_000_000n, 'accepted'],
    ['epoch 1,000,001', 'moved-in', [4, 1, 1], 1_000_001n, 'field_range'],
    ['an installation of 15 bytes', 'moved-in', [4, 1, 2], new Uint8Array(15), 'field_range'],
    ['epoch 1, which no home lost', 'resumed', [4, 1, 1], 1n, 'field_range'],
    ['an installation of 17 bytes', 'resumed', [4, 1, 2], new Uint8Array(17), 'field_range'],
    ['fields', 'network-accepted', [4, 1], new Map([[1n, true]]), 'field_unknown'],
    ['no key', 'signed-alone', [4, 1, 1, 2], [], 'field_range'],
    ['level 4', 'signed-alone', [4, 1, 1, 2, 0, 1], 4n, 'field_range'],
    ['a commitment of 31 bytes', 'surrendered', [4, 1, 1], new Uint8Array(31), 'field_range'],
  ])('%s in an entry of kind %s', (...[, kind, path, item, code]) => {
    const seen = spoil(kind, path, item);
    if (code === 'field_type_or_range') expect(seen).toMatch(/^field_(type|range)$/);
    else expect(seen).toBe(code);
  });

  test('names the place of a fault', () => {
    const { body, before } = links.find(({ kind }) => kind === 'signed')!;
    const altered = encodeCbor(replaced(decodeCbor(body), [4, 1, 4, 1, 2, 0, 1], 4n));
    expect(refusal(() => open(signed(altered), before)).message).toMatch(
      /^record-entry\.event\.signed\.verdicts\[1\]\.keys\[0\]\[1\]: /,
    );
  });
});
