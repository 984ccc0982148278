/** Address batches: distinct addresses under a signed root, each provable alone. */
import { describe, expect, test } from '@jest/globals';
import {
  encodeAddressProof,
  type IssuedAddress,
  leavesOf,
  openAddressBatch,
  verifyAddressProof,
} from '../src/address-batch.ts';
import { type CborValue, decodeCbor, encodeCbor } from '../src/cbor.ts';
import { openEnvelope, sealEnvelope } from '../src/envelope.ts';
import { merkleRoot } from '../src/merkle.ts';
import { describeFields } from './fields.ts';
import {
  addressOf,
  batchFile,
  COORDINATOR,
  DIGEST,
  ISSUED,
  KEYRING_ID,
  payloadOf,
  proofOf,
  replaced,
  SAMPLES,
  SIGNER,
  STRANGER,
  spoiled,
  unhex,
  uuidOf,
  verdictOf,
} from './samples.ts';

const SAMPLE = SAMPLES.batch!;
const STATEMENT = SAMPLES.statement!;
const open = (file: Uint8Array): ReturnType<typeof openAddressBatch> =>
  openAddressBatch(file, SIGNER.publicKey);

describe('an address batch', () => {
  test('opens to what was sealed', () => {
    const { statement, addresses, statementFile } = open(batchFile());
    expect(addresses).toEqual(ISSUED);
    expect(statement).toEqual({
      keyringId: KEYRING_ID,
      network: 'devnet',
      number: 1,
      count: 3,
      root: merkleRoot(leavesOf(ISSUED)),
    });
    expect(openEnvelope(statementFile).type).toBe('address-batch-statement');
  });

  test('of one address opens, of none it is wrong use', () => {
    expect(open(batchFile(ISSUED.slice(0, 1))).addresses).toHaveLength(1);
    expect(() => batchFile([])).toThrow(RangeError);
  });

  test('keeps a statement that no longer depends on the bytes of the file', () => {
    const file = batchFile();
    const { statementFile } = open(file);
    file.fill(0);
    expect(statementFile).toEqual(proofOf(0).statementFile);
  });

  test.each<readonly [string, IssuedAddress]>([
    ['UUID', { uuid: uuidOf('a'), address: addressOf('Z'), securityLevel: 1 }],
    ['address', { uuid: uuidOf('z'), address: addressOf('A'), securityLevel: 2 }],
    ['UUID and address', { ...ISSUED[0]!, securityLevel: 3 }],
  ])('with a duplicate %s is refused with field_range', (_what, duplicate) => {
    expect(verdictOf(() => open(batchFile([...ISSUED, duplicate])))).toBe('field_range');
  });

  test('by another key is refused with key_unknown', () => {
    expect(verdictOf(() => openAddressBatch(batchFile(), STRANGER.publicKey))).toBe('key_unknown');
  });

  test('whose statement another key signed is refused with key_unknown', () => {
    const { payload } = openEnvelope(proofOf(0).statementFile);
    const statement = sealEnvelope('address-batch-statement', payload, [STRANGER]);
    expect(verdictOf(() => open(spoiled(SAMPLE, [1], statement)))).toBe('key_unknown');
  });

  test('whose statement is a message of another type is refused with type_unexpected', () => {
    const file = spoiled(SAMPLE, [1], SAMPLES.card!.file);
    expect(verdictOf(() => open(file))).toBe('type_unexpected');
  });

  test.each<readonly [string, number, CborValue]>([
    ['with another root', 5, unhex(DIGEST)],
    ['with a count of one less', 4, 2n],
    ['with a count of one more', 4, 4n],
  ])('whose statement was signed %s is refused with root_mismatch', (_what, key, value) => {
    const { payload } = openEnvelope(proofOf(0).statementFile);
    const altered = encodeCbor(replaced(decodeCbor(payload), [key], value));
    const statement = sealEnvelope('address-batch-statement', altered, [SIGNER]);
    expect(verdictOf(() => open(spoiled(SAMPLE, [1], statement)))).toBe('root_mismatch');
  });

  test('with addresses in another order is refused with root_mismatch', () => {
    const items = (decodeCbor(payloadOf(SAMPLE)) as Map<bigint, CborValue[]>).get(2n)!;
    const file = spoiled(SAMPLE, [2], [items[1]!, items[0]!, items[2]!]);
    expect(verdictOf(() => open(file))).toBe('root_mismatch');
  });

  test.each<readonly [string, number[], CborValue]>([
    ['UUID', [2, 0, 0], new Uint8Array(48)],
    ['address', [2, 0, 1], new Uint8Array(48)],
    ['level', [2, 0, 2], 1n],
  ])('with another %s than the root holds is refused with root_mismatch', (_what, path, item) => {
    expect(verdictOf(() => open(spoiled(SAMPLE, path, item)))).toBe('root_mismatch');
  });

  test('of 2,000 addresses opens within a second', () => {
    const many = Array.from(
      { length: 2000 },
      (_, i): IssuedAddress => ({
        uuid: Buffer.alloc(48, `${i}.`).toString('base64'),
        address: `${[...String(i)]
          .map((digit) => 'ABCDEFGHIJ'[Number(digit)])
          .join('')
          .padEnd(80, '9')}9`,
        securityLevel: 2,
      }),
    );
    const file = batchFile(many);
    const start = performance.now();
    expect(open(file).addresses).toEqual(many);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('an address proof', () => {
  type Options = Parameters<typeof verifyAddressProof>[0];
  const proofs = [0, 1, 2].map((index) => encodeAddressProof(proofOf(index)));
  const verdict = (index: number, change: Partial<Options> = {}): string =>
    verdictOf(() =>
      verifyAddressProof({
        proof: proofs[index]!,
        address: ISSUED[index]!.address,
        securityLevel: ISSUED[index]!.securityLevel,
        publicKey: SIGNER.publicKey,
        ...change,
      }),
    );
  const altered = (change: Partial<ReturnType<typeof proofOf>>): string =>
    verdict(1, { proof: encodeAddressProof({ ...proofOf(1), ...change }) });

  test.each([0, 1, 2])('shows that the signer made address %i, and in which batch', (index) => {
    expect(verdict(index)).toBe('accepted');
    const statement = verifyAddressProof({
      proof: encodeAddressProof(proofOf(index)),
      address: ISSUED[index]!.address,
      securityLevel: ISSUED[index]!.securityLevel,
      publicKey: SIGNER.publicKey,
    });
    expect(statement).toEqual(open(batchFile()).statement);
  });

  test('does not hold for another address or level', () => {
    expect(verdict(1, { address: ISSUED[0]!.address })).toBe('root_mismatch');
    for (const securityLevel of [2, 3] as const) {
      expect(verdict(1, { securityLevel })).toBe('root_mismatch');
    }
  });

  test('does not hold for another signer', () => {
    expect(verdict(1, { publicKey: COORDINATOR.publicKey })).toBe('key_unknown');
  });

  test('does not hold with another index, path, commitment or batch', () => {
    for (const index of [0, 2, 3, 249_999]) expect(altered({ index })).toBe('root_mismatch');
    expect(altered({ path: [] })).toBe('root_mismatch');
    expect(altered({ path: [...proofOf(1).path].reverse() })).toBe('root_mismatch');
    expect(altered({ path: [...proofOf(1).path, DIGEST] })).toBe('root_mismatch');
    expect(altered({ commitment: DIGEST })).toBe('root_mismatch');
    const other = openAddressBatch(batchFile(ISSUED.slice(1)), SIGNER.publicKey).statementFile;
    expect(altered({ statementFile: other })).toBe('root_mismatch');
  });

  test('refuses an index of 250,001 and a path of 19 hashes with field_range', () => {
    expect(altered({ index: 250_001 })).toBe('field_range');
    expect(altered({ path: Array<string>(18).fill(DIGEST) })).toBe('root_mismatch');
    expect(altered({ path: Array<string>(19).fill(DIGEST) })).toBe('field_range');
  });

  test('is refused whatever bit of it is flipped', () => {
    const proof = encodeAddressProof(proofOf(1));
    for (let bit = 0; bit < proof.length * 8; bit += 1) {
      const flipped = proof.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(verdict(1, { proof: flipped })).not.toBe('accepted');
    }
  });
});

describeFields(SAMPLE, [
  ['refuses a batch without addresses', [2], [], 'field_range'],
  ['refuses a level of 0', [2, 0, 2], 0n, 'field_range'],
  ['refuses a level of 4', [2, 0, 2], 4n, 'field_range'],
  ['refuses an address out of the domain', [2, 0, 1], new Uint8Array(48).fill(0x7f), 'field_range'],
  ['refuses a UUID of 47 bytes', [2, 0, 0], new Uint8Array(47), 'field_range'],
  ['refuses an empty statement', [1], new Uint8Array(), 'field_range'],
  ['refuses a statement over 64 KiB', [1], new Uint8Array(65_537), 'field_range'],
  ['refuses a statement that is no envelope', [1], unhex('a0'), 'envelope_malformed'],
]);

describeFields(STATEMENT, [
  ['accepts the number 2^53-1', [3], 2n ** 53n - 1n, 'accepted'],
  ['refuses the number 2^53', [3], 2n ** 53n, 'field_range'],
  ['refuses a count of 0', [4], 0n, 'field_range'],
  ['refuses a count of 250,000 for a short path', [4], 250_000n, 'root_mismatch'],
  ['refuses a count of 250,001', [4], 250_001n, 'field_range'],
  ['refuses a root of 31 bytes', [5], new Uint8Array(31), 'field_range'],
  ['refuses an unknown network', [2], 'testnet', 'field_range'],
]);
