/** The union of kept files: keys that signed alone or were given away are used, on whatever branch. */
import {
  EMPTY_HEAD,
  headOf,
  type RecordEvent,
  readEntry,
  sealEntry,
  uuidCommitment,
} from '@airlock/gap';
import { describe, expect, test } from '@jest/globals';
import { type KeptEntry, unionOf } from '../src/union.ts';
import { addressOf, k0, k1, NOW, openedEvent, SIGNER } from './world.ts';

const key = uuidCommitment(k0.uuid);

/** Entries that follow each other, in files of these names. */
function kept(...events: [string, RecordEvent][]): KeptEntry[] {
  let head = EMPTY_HEAD;
  return events.map(([source, event]) => {
    const sealed = sealEntry(head, { at: NOW, event }, SIGNER);
    const entry = readEntry(sealed, SIGNER.publicKey);
    const found = { entry, sealed, source };
    head = headOf(entry, sealed.body);
    return found;
  });
}

const alone = (letter: string, commitment = key): RecordEvent => ({
  kind: 'signed-alone',
  verdict: { bundleHash: addressOf(letter), keys: [[commitment, 1]], withdrawalIds: [] },
});
const signed = (letter: string): RecordEvent => ({
  kind: 'signed',
  requestId: `sr_${'1'.repeat(32)}`,
  sequence: 1,
  requestDigest: 'ab'.repeat(32),
  verdicts: [{ bundleHash: addressOf(letter), keys: [[key, 1]], withdrawalIds: [] }],
});
const surrendered: RecordEvent = { kind: 'surrendered', commitment: key };
const opened: [string, RecordEvent] = ['one', openedEvent()];

describe('one key', () => {
  test.each<[string, RecordEvent, RecordEvent]>([
    ['signed alone and in a request, over two hashes', alone('A'), signed('B')],
    ['signed alone twice', alone('A'), alone('B')],
    ['signed alone and surrendered', alone('A'), surrendered],
    ['surrendered, then signed in a request', surrendered, signed('B')],
  ])('%s is a hard stop that names both files', (_, first, second) => {
    const files = kept(opened, ['first file', first], ['second file', second]);
    expect(() => unionOf(files, [], [])).toThrow(
      expect.objectContaining({
        code: 'key_signed_twice',
        message: expect.stringMatching(/first file.*second file/),
      }),
    );
  });

  test('of one hash, alone and in a request, or of two files with one entry, is none', () => {
    const files = kept(opened, ['first', alone('A')], ['second', signed('A')]);
    expect(unionOf([...files, ...files], [], []).found).toHaveLength(3);
    const others = kept(opened, ['a', alone('A')], ['b', alone('B', uuidCommitment(k1.uuid))]);
    expect(unionOf(others, [], []).found).toHaveLength(3);
    const given = kept(opened, ['a', surrendered]);
    expect(unionOf([...given, ...given], [], []).found).toHaveLength(2);
  });
});
