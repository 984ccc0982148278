/** Pairing cards: signed by their own key, a keyring with signers alone, practice on `private` alone. */
import { describe, expect, test } from '@jest/globals';
import { type CborValue, decodeCbor, encodeCbor } from '../src/cbor.ts';
import { sealEnvelope } from '../src/envelope.ts';
import { openPairingCard, type PairingCard, ROLES, sealPairingCard } from '../src/pairing-card.ts';
import { describeFields } from './fields.ts';
import {
  COORDINATOR,
  KEYRING,
  OFFICER,
  payloadOf,
  replaced,
  SAMPLES,
  SIGNER,
  STRANGER,
  verdictOf,
} from './samples.ts';

const SAMPLE = SAMPLES.card!;
type Card = Omit<PairingCard, 'publicKey'>;
const CARD: Card = { role: 'signer', network: 'devnet', label: 'Vault 1', keyring: KEYRING };
const open = (card: Card): PairingCard => openPairingCard(sealPairingCard(card, SIGNER));
const verdict = (change: Partial<Card>): string => verdictOf(() => open({ ...CARD, ...change }));

describe('a pairing card', () => {
  test('of a signer opens to what was sealed', () => {
    expect(open(CARD)).toEqual({ ...CARD, publicKey: SIGNER.publicKey });
  });

  test.each([
    { name: 'hub-argon2id', timeCost: 4, memoryKib: 131_072, parallelism: 1 },
    { name: 'hub-argon2i', timeCost: 64, memoryKib: 1_048_576, parallelism: 16 },
    { name: 'hkdf-sha512' },
  ] as const)('keeps the scheme $name with its parameters', (scheme) => {
    const card = { ...CARD, keyring: { ...KEYRING, scheme } };
    expect(open(card).keyring).toEqual(card.keyring);
  });

  test.each(ROLES)('of role %s has a keyring if and only if it is the signer', (role) => {
    const isSigner = role === 'signer';
    expect(verdict({ role, keyring: KEYRING })).toBe(isSigner ? 'accepted' : 'field_range');
    expect(verdict({ role, keyring: null })).toBe(isSigner ? 'field_range' : 'accepted');
  });

  test.each(['mainnet', 'devnet', 'private'] as const)('for practice on %s', (network) => {
    const keyring = { ...KEYRING, practice: true };
    const expected = network === 'private' ? 'accepted' : 'field_range';
    expect(verdict({ network, keyring })).toBe(expected);
    expect(verdict({ network })).toBe('accepted');
  });

  test('shows a key that no longer depends on the bytes of the file', () => {
    const file = SAMPLE.file.slice();
    const card = openPairingCard(file);
    file.fill(0);
    expect(card.publicKey).toEqual(SIGNER.publicKey);
  });
});

describe('who signed', () => {
  const payload = payloadOf(SAMPLE);

  test('by another key than the one it shows, it is refused with key_unknown', () => {
    const file = sealEnvelope('pairing-card', payload, [STRANGER]);
    expect(verdictOf(() => openPairingCard(file))).toBe('key_unknown');
  });

  test('by its own and another key, it is refused with key_unknown', () => {
    for (const other of [COORDINATOR, OFFICER, STRANGER]) {
      const file = sealEnvelope('pairing-card', payload, [SIGNER, other]);
      expect(verdictOf(() => openPairingCard(file))).toBe('key_unknown');
    }
  });

  test('with the right key id but another signature, it is refused with signature_invalid', () => {
    const file = sealEnvelope('pairing-card', payload, [{ ...SIGNER, sign: STRANGER.sign }]);
    expect(verdictOf(() => openPairingCard(file))).toBe('signature_invalid');
  });

  test('with another key put into it, it is refused with key_unknown', () => {
    const altered = encodeCbor(replaced(decodeCbor(payload), [2], STRANGER.publicKey));
    const file = sealEnvelope('pairing-card', altered, [SIGNER]);
    expect(verdictOf(() => openPairingCard(file))).toBe('key_unknown');
  });
});

const hkdf = (timeCost: bigint): CborValue =>
  new Map<bigint, CborValue>([
    [1n, 'hkdf-sha512'],
    [2n, timeCost],
    [3n, 0n],
    [4n, 0n],
  ]);

describeFields(SAMPLE, [
  ['accepts a label of 64 characters', [4], ' '.repeat(32) + '~'.repeat(32), 'accepted'],
  ['accepts an empty label', [4], '', 'accepted'],
  ['refuses a label of 65 characters', [4], 'x'.repeat(65), 'field_range'],
  ['refuses a line feed in a label', [4], 'a\n', 'field_range'],
  ['refuses an escape in a label', [4], 'a\u001b[2J', 'field_range'],
  ['refuses a label that is not ASCII', [4], 'Tresor Zürich', 'field_range'],
  ['refuses an unknown role', [1], 'auditor', 'field_range'],
  ['refuses an unknown network', [3], 'testnet', 'field_range'],
  ['refuses a key of 31 bytes', [2], new Uint8Array(31), 'field_range'],
  ['refuses a key of 33 bytes', [2], new Uint8Array(33), 'field_range'],
  ['refuses a keyring id of 15 bytes', [5, 1], new Uint8Array(15), 'field_range'],
  ['refuses security level 0', [5, 3], 0n, 'field_range'],
  ['accepts security level 1', [5, 3], 1n, 'accepted'],
  ['accepts security level 3', [5, 3], 3n, 'accepted'],
  ['refuses security level 4', [5, 3], 4n, 'field_range'],
  ['refuses an unknown scheme', [5, 2, 1], 'scrypt', 'field_range'],
  ['accepts 64 passes', [5, 2, 2], 64n, 'accepted'],
  ['refuses 65 passes', [5, 2, 2], 65n, 'field_range'],
  ['accepts 1 GiB', [5, 2, 3], 1_048_576n, 'accepted'],
  ['refuses more than 1 GiB', [5, 2, 3], 1_048_577n, 'field_range'],
  ['accepts 16 lanes', [5, 2, 4], 16n, 'accepted'],
  ['refuses 17 lanes', [5, 2, 4], 17n, 'field_range'],
  ['accepts hkdf-sha512 with parameters of 0', [5, 2], hkdf(0n), 'accepted'],
  ['refuses hkdf-sha512 with an Argon2 parameter', [5, 2], hkdf(1n), 'field_range'],
]);
