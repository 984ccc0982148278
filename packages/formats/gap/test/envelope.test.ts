/** The envelope byte by byte, checked with cborg and node:crypto alone, and all that it refuses. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { decode as cborgDecode, encode as cborgEncode, rfc8949EncodeOptions, Tagged } from 'cborg';
import {
  digestOf,
  MESSAGE_TYPES,
  type MessageType,
  openEnvelope,
  sealEnvelope,
  typeUri,
  verifyEnvelope,
} from '../src/envelope.ts';
import { type Identity, keyIdOf } from '../src/identity.ts';
import { FILE_BYTES_MAX, SIGNATURES_MAX } from '../src/limits.ts';
import {
  COORDINATOR,
  cardFile,
  hex,
  OFFICER,
  refusal,
  SIGNER,
  STRANGER,
  unhex,
  verdictOf,
} from './samples.ts';

const TYPES = [
  'pairing-card',
  'address-batch',
  'address-batch-statement',
  'signing-request',
  'signing-response',
  'void-request',
  'void-receipt',
  'custody-slip',
  'custody-receipt',
  'record-export',
] as const;
const CAPS: Readonly<Record<MessageType, number>> = {
  'pairing-card': 64 * 1024,
  'address-batch': 32 * 1024 * 1024,
  'address-batch-statement': 64 * 1024,
  'signing-request': 4 * 1024 * 1024,
  'signing-response': 4 * 1024 * 1024,
  'void-request': 64 * 1024,
  'void-receipt': 4 * 1024 * 1024,
  'custody-slip': 64 * 1024,
  'custody-receipt': 64 * 1024,
  'record-export': 32 * 1024 * 1024,
};

const PAYLOAD = unhex('a10102');
const contentType = (type: string): string => `application/vnd.airlock.${type}.v1+cbor`;
const encode = (value: unknown): Uint8Array =>
  new Uint8Array(cborgEncode(value, rfc8949EncodeOptions));

/** What can be wrong with an envelope, all built by cborg. */
interface Parts {
  readonly tag: number;
  readonly bodyHeader: Uint8Array;
  readonly unprotected: unknown;
  readonly payload: unknown;
  readonly signers: readonly Identity[];
  readonly signerHeader: (keyId: Uint8Array) => Uint8Array;
  readonly signerUnprotected: unknown;
  readonly aad: Uint8Array;
  readonly context: string;
}

const PARTS: Parts = {
  tag: 98,
  bodyHeader: encode(new Map([[3, contentType('pairing-card')]])),
  unprotected: new Map(),
  payload: PAYLOAD,
  signers: [SIGNER],
  signerHeader: (keyId) =>
    encode(
      new Map<number, unknown>([
        [1, -19],
        [4, keyId],
      ]),
    ),
  signerUnprotected: new Map(),
  aad: Buffer.from('airlock:gap/v1/pairing-card'),
  context: 'Signature',
};

function forge(change: Partial<Parts> = {}): Uint8Array {
  const parts = { ...PARTS, ...change };
  const signatures = parts.signers.map((signer) => {
    const header = parts.signerHeader(keyIdOf(signer.publicKey));
    const structure = [parts.context, parts.bodyHeader, header, parts.aad, parts.payload];
    return [header, parts.signerUnprotected, signer.sign(encode(structure))];
  });
  const items = [parts.bodyHeader, parts.unprotected, parts.payload, signatures];
  return encode(new Tagged(parts.tag, items));
}

/** Verdict on an envelope as every opener reaches it. */
const verdict = (file: Uint8Array): string =>
  verdictOf(() =>
    verifyEnvelope(openEnvelope(file, 'pairing-card'), [SIGNER.publicKey, COORDINATOR.publicKey]),
  );

describe('a sealed message', () => {
  const file = sealEnvelope('pairing-card', PAYLOAD, [SIGNER]);
  const header = PARTS.signerHeader(keyIdOf(SIGNER.publicKey));

  test('stands byte for byte as RFC 9052 and docs/gap.md have it', () => {
    const expected = [
      'd862', // tag 98
      '84', // COSE_Sign
      `58${PARTS.bodyHeader.length.toString(16)}${hex(PARTS.bodyHeader)}`,
      'a0', // unprotected
      '43a10102', // payload
      '81', // signatures
      '83', // COSE_Signature
      '5826a2013204', // {1: -19, 4: …
      '5820', // … 32 bytes}
      hex(keyIdOf(SIGNER.publicKey)),
      'a0',
      '5840',
    ].join('');
    expect(hex(file).slice(0, -128)).toBe(expected);
    const name = Buffer.from('application/vnd.airlock.pairing-card.v1+cbor').toString('hex');
    expect(hex(PARTS.bodyHeader)).toBe(`a103782c${name}`);
    expect(hex(forge())).toBe(hex(file));
  });

  test('carries an Ed25519 signature over the Sig_structure, computed here with cborg', () => {
    const outer = cborgDecode(file, { useMaps: true, tags: Tagged.preserve(98) });
    const [body, , payload, [[signerHeader, , signature]]] = outer.value;
    const aad = Buffer.from('airlock:gap/v1/pairing-card');
    const structure = encode(['Signature', body, signerHeader, aad, payload]);
    const der = Buffer.concat([unhex('302a300506032b6570032100'), SIGNER.publicKey]);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    expect(verify(null, structure, key, signature)).toBe(true);
    expect(hex(signerHeader)).toBe(hex(header));
  });

  test('opens to its parts and verifies', () => {
    const envelope = openEnvelope(file);
    expect(envelope.type).toBe('pairing-card');
    expect(envelope.payload).toEqual(PAYLOAD);
    expect(envelope.signatures.map(({ keyId }) => hex(keyId))).toEqual([
      hex(keyIdOf(SIGNER.publicKey)),
    ]);
    expect(() => verifyEnvelope(envelope, [COORDINATOR.publicKey, SIGNER.publicKey])).not.toThrow();
  });

  test('has as digest SHA-256(type URI, 00, payload), whoever signed', () => {
    const expected = createHash('sha256')
      .update(Buffer.concat([Buffer.from('airlock:gap/v1/pairing-card\0'), PAYLOAD]))
      .digest('hex');
    expect(digestOf(openEnvelope(file))).toBe(expected);
    expect(digestOf(openEnvelope(sealEnvelope('pairing-card', PAYLOAD, [OFFICER])))).toBe(expected);
    expect(digestOf({ type: 'record-export', payload: PAYLOAD })).not.toBe(expected);
  });

  test('of two signers has both signatures, sorted by key id whatever their order', () => {
    const one = sealEnvelope('pairing-card', PAYLOAD, [SIGNER, COORDINATOR]);
    const other = sealEnvelope('pairing-card', PAYLOAD, [COORDINATOR, SIGNER]);
    expect(hex(one)).toBe(hex(other));
    const ids = openEnvelope(one).signatures.map(({ keyId }) => hex(keyId));
    expect(ids).toEqual([...ids].sort());
    expect(ids).toHaveLength(2);
    expect(verdict(one)).toBe('accepted');
  });

  test('of two signers needs both keys', () => {
    const file = sealEnvelope('pairing-card', PAYLOAD, [SIGNER, STRANGER]);
    expect(verdict(file)).toBe('key_unknown');
  });
});

describe('types', () => {
  test('are these, each with its URI', () => {
    expect(MESSAGE_TYPES).toEqual(TYPES);
    for (const type of TYPES) expect(typeUri(type)).toBe(`airlock:gap/v1/${type}`);
  });

  test.each(TYPES)('%s opens as itself and is refused as any other', (type) => {
    const file = sealEnvelope(type, PAYLOAD, [SIGNER]);
    for (const expected of TYPES) {
      const seen = verdictOf(() => openEnvelope(file, expected));
      expect(seen).toBe(expected === type ? 'accepted' : 'type_unexpected');
    }
  });

  test.each([
    contentType('approval'),
    'application/vnd.airlock.pairing-card.v2+cbor',
    'application/vnd.airlock.pairing-card.v1+cbor ',
    'application/cbor',
    '',
  ])('refuses the content type "%s" with type_unknown', (name) => {
    expect(verdict(forge({ bodyHeader: encode(new Map([[3, name]])) }))).toBe('type_unknown');
  });

  test('refuses a content type that is a number (CoAP) with type_unknown', () => {
    expect(verdict(forge({ bodyHeader: encode(new Map([[3, 60]])) }))).toBe('type_unknown');
  });

  test('refuses a file whose content type alone was changed to that of another type', () => {
    const bodyHeader = encode(new Map([[3, contentType('address-batch-statement')]]));
    const original = openEnvelope(cardFile());
    const [{ header, signature }] = original.signatures as [(typeof original.signatures)[0]];
    const file = encode(
      new Tagged(98, [bodyHeader, new Map(), original.payload, [[header, new Map(), signature]]]),
    );
    const envelope = openEnvelope(file, 'address-batch-statement');
    const error = refusal(() => verifyEnvelope(envelope, [SIGNER.publicKey]));
    expect(error.code).toBe('signature_invalid');
  });

  test.each(['', 'airlock:gap/v1/record-export', 'airlock:gap/v1/pairing-card\0'])(
    'refuses a signature made with external_aad "%s", the header being right',
    (aad) => {
      expect(verdict(forge({ aad: Buffer.from(aad) }))).toBe('signature_invalid');
    },
  );

  test.each(['Signature1', 'CounterSignature', ''])(
    'refuses a signature made in the context "%s"',
    (context) => {
      expect(verdict(forge({ context }))).toBe('signature_invalid');
    },
  );
});

describe('refusals', () => {
  const headerOf =
    (...entries: readonly (readonly [number, unknown])[]) =>
    (keyId: Uint8Array) =>
      encode(new Map<number, unknown>([...entries, [4, keyId]]));

  test.each<readonly [string, Partial<Parts>, string]>([
    ['another tag (COSE_Sign1)', { tag: 18 }, 'envelope_malformed'],
    ['an entry in the unprotected map', { unprotected: new Map([[5, 1]]) }, 'envelope_malformed'],
    ['an unprotected array', { unprotected: [] }, 'envelope_malformed'],
    ['a detached payload', { payload: null }, 'envelope_malformed'],
    ['a payload that is text', { payload: 'x' }, 'envelope_malformed'],
    ['no signature', { signers: [] }, 'envelope_malformed'],
    ['an empty body header', { bodyHeader: new Uint8Array() }, 'cbor_truncated'],
    ['a body header without fields', { bodyHeader: unhex('a0') }, 'envelope_malformed'],
    ['a body header that is no map', { bodyHeader: unhex('00') }, 'envelope_malformed'],
    [
      'one more field in the body header',
      {
        bodyHeader: encode(
          new Map<number, unknown>([
            [2, []],
            [3, contentType('pairing-card')],
          ]),
        ),
      },
      'envelope_malformed',
    ],
    [
      'the algorithm in the body header in place of the type',
      { bodyHeader: encode(new Map([[1, -19]])) },
      'envelope_malformed',
    ],
    [
      'a signer header without an algorithm',
      { signerHeader: (keyId) => encode(new Map([[4, keyId]])) },
      'envelope_malformed',
    ],
    [
      'one more field in a signer header',
      { signerHeader: headerOf([1, -19], [2, [1]]) },
      'envelope_malformed',
    ],
    [
      'another field than the key id',
      {
        signerHeader: (keyId) =>
          encode(
            new Map<number, unknown>([
              [1, -19],
              [5, keyId],
            ]),
          ),
      },
      'envelope_malformed',
    ],
    [
      'an entry in the unprotected map of a signature',
      { signerUnprotected: new Map([[4, 1]]) },
      'envelope_malformed',
    ],
    ['EdDSA, algorithm -8', { signerHeader: headerOf([1, -8]) }, 'algorithm_unsupported'],
    ['ES256, algorithm -7', { signerHeader: headerOf([1, -7]) }, 'algorithm_unsupported'],
    ['the algorithm as text', { signerHeader: headerOf([1, 'Ed25519']) }, 'algorithm_unsupported'],
    [
      'a key id of 31 bytes',
      { signerHeader: (keyId) => PARTS.signerHeader(keyId.slice(1)) },
      'envelope_malformed',
    ],
    [
      'a header that is not deterministic',
      { signerHeader: () => unhex('bf0132ff') },
      'cbor_indefinite',
    ],
    ['a key that is not paired', { signers: [STRANGER] }, 'key_unknown'],
    ['the same signer twice', { signers: [SIGNER, SIGNER] }, 'signature_order'],
  ])('refuses %s with the right code', (_what, change, code) => {
    expect(verdict(forge())).toBe('accepted');
    expect(verdict(forge(change))).toBe(code);
  });

  test('refuses signatures in the other order with signature_order', () => {
    const sorted = [SIGNER, COORDINATOR].sort((a, b) =>
      Buffer.compare(keyIdOf(a.publicKey), keyIdOf(b.publicKey)),
    );
    expect(verdict(forge({ signers: sorted }))).toBe('accepted');
    expect(verdict(forge({ signers: sorted.reverse() }))).toBe('signature_order');
  });

  test('accepts SIGNATURES_MAX signatures and refuses one more', () => {
    const fakes = (count: number): Identity[] =>
      Array.from({ length: count }, (_, i) => ({
        publicKey: new Uint8Array(32).fill(i),
        sign: () => new Uint8Array(64),
      })).sort((a, b) => Buffer.compare(keyIdOf(a.publicKey), keyIdOf(b.publicKey)));
    const open = (count: number): string =>
      verdictOf(() => openEnvelope(forge({ signers: fakes(count) })));
    expect(open(SIGNATURES_MAX)).toBe('accepted');
    expect(open(SIGNATURES_MAX + 1)).toBe('envelope_malformed');
  });

  test.each([63, 65])('refuses a signature of %i bytes', (length) => {
    const short: Identity = { publicKey: SIGNER.publicKey, sign: () => new Uint8Array(length) };
    expect(verdict(forge({ signers: [short] }))).toBe('envelope_malformed');
  });

  test.each<readonly [string, unknown]>([
    ['no tag', [PARTS.bodyHeader, new Map(), PAYLOAD, []]],
    ['three items', new Tagged(98, [PARTS.bodyHeader, new Map(), PAYLOAD])],
    ['five items', new Tagged(98, [PARTS.bodyHeader, new Map(), PAYLOAD, [], []])],
    ['a map', new Tagged(98, new Map())],
    ['a body header as map', new Tagged(98, [new Map(), new Map(), PAYLOAD, []])],
    ['signatures as map', new Tagged(98, [PARTS.bodyHeader, new Map(), PAYLOAD, new Map()])],
    ['a signature of two items', new Tagged(98, [PARTS.bodyHeader, new Map(), PAYLOAD, [[1, 2]]])],
    ['two tags', new Tagged(98, new Tagged(98, []))],
  ])('refuses %s with envelope_malformed', (_what, value) => {
    expect(verdict(encode(value))).toBe('envelope_malformed');
  });

  test.each<readonly [string, string | Uint8Array, string]>([
    ['a reply with an error', '{"error":{"code":"not_found"}}', 'begins with {"error"'],
    ['a page', '<!DOCTYPE html>', 'begins with <!DOCTYP'],
    ['a line of text, which may be a passphrase', 'junk\n', 'begins with others'],
    ['trytes, which may be a seed', '9'.repeat(81), 'begins with others'],
    ['other bytes', unhex('504b030414000000'), 'begins with others'],
    ['a control character', '\u001b[2J', 'begins with others'],
    ['CBOR of another kind', unhex('a0'), 'begins with others'],
    ['a tag in more bytes than it needs', unhex('d90062'), 'begins with others'],
  ])('names what begins otherwise than an envelope: %s', (_what, file, text) => {
    const { code, message } = refusal(() => openEnvelope(Buffer.from(file as Uint8Array)));
    expect(code).toBe('envelope_malformed');
    expect(message).toContain('expected it to begin with the bytes d862, but it ');
    expect(message.endsWith(text)).toBe(true);
  });

  test('says of an empty file that it is empty, and leaves a cut one to CBOR', () => {
    const empty = refusal(() => openEnvelope(new Uint8Array()));
    expect([empty.code, empty.message]).toEqual([
      'cbor_truncated',
      'expected an Airlock file, but the file is empty',
    ]);
    expect(verdict(unhex('d8'))).toBe('cbor_truncated');
    expect(verdict(unhex('d862'))).toBe('cbor_truncated');
  });

  test('names a type with its article', () => {
    const file = sealEnvelope('address-batch', PAYLOAD, [SIGNER]);
    expect(refusal(() => openEnvelope(file, 'pairing-card')).message).toBe(
      'expected a pairing-card, but the file is an address-batch',
    );
  });

  test('refuses bytes after the envelope with cbor_trailing', () => {
    expect(verdict(new Uint8Array([...forge(), 0]))).toBe('cbor_trailing');
  });
});

describe('sizes', () => {
  /** A sealed file of exactly `size` bytes, built without the sealer's own cap. */
  function fileOf(type: MessageType, size: number): Uint8Array {
    const build = (payload: Uint8Array): Uint8Array =>
      encode(
        new Tagged(98, [
          encode(new Map([[3, contentType(type)]])),
          new Map(),
          payload,
          [[PARTS.signerHeader(keyIdOf(SIGNER.publicKey)), new Map(), new Uint8Array(64)]],
        ]),
      );
    const overhead = build(new Uint8Array(70_000)).length - 70_000;
    const small = build(new Uint8Array(60_000)).length - 60_000;
    return build(new Uint8Array(size - (size < 70_000 ? small : overhead)));
  }

  test.each(TYPES)('a %s of its cap opens, with one more byte it is too_large', (type) => {
    const largest = fileOf(type, CAPS[type]);
    expect(largest).toHaveLength(CAPS[type]);
    expect(verdictOf(() => openEnvelope(largest))).toBe('accepted');
    const larger = fileOf(type, CAPS[type] + 1);
    expect(larger).toHaveLength(CAPS[type] + 1);
    expect(verdictOf(() => openEnvelope(larger))).toBe('too_large');
  });

  test('refuses a file over every cap before reading any of it', () => {
    expect(verdictOf(() => openEnvelope(new Uint8Array(FILE_BYTES_MAX + 1)))).toBe('too_large');
  });

  test('sealing more than the cap is wrong use', () => {
    const payload = new Uint8Array(CAPS['pairing-card']);
    expect(() => sealEnvelope('pairing-card', payload, [SIGNER])).toThrow(RangeError);
  });

  test('refuses half a million empty maps in an unsigned file in a moment', () => {
    const count = 500_000;
    const file = new Uint8Array(7 + count).fill(0xa0);
    file.set([0xd8, 98, 0x9a, 0, 7, 161, 32]);
    const start = performance.now();
    expect(verdictOf(() => openEnvelope(file))).toBe('cbor_too_many');
    expect(performance.now() - start).toBeLessThan(50);
  });
});
