/** Every code has an input that ends in it, and a row in the README. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { openAddressBatch } from '../src/address-batch.ts';
import { type CborValue, decodeCbor, encodeCbor, Tagged } from '../src/cbor.ts';
import { openEnvelope, sealEnvelope } from '../src/envelope.ts';
import { GAP_ERROR_CODES, GapError, type GapErrorCode } from '../src/error.ts';
import { openPairingCard } from '../src/pairing-card.ts';
import {
  batchFile,
  ISSUED,
  recordFile,
  refusal,
  SAMPLES,
  SIGNER,
  STRANGER,
  sealedEntries,
  spoiled,
  unhex,
} from './samples.ts';

const card = SAMPLES.card!;
const cbor = (text: string) => (): unknown => decodeCbor(unhex(text));
const spoil = (path: readonly number[], item: CborValue | undefined) => (): unknown =>
  card.open(spoiled(card, path, item));

/** A card whose one signature was put into another form. */
function reformed(form: (items: CborValue[]) => CborValue): () => unknown {
  return () => {
    const outer = decodeCbor(card.file) as Tagged;
    const [body, unprotected, payload, signatures] = outer.value as CborValue[];
    const [signature] = signatures as CborValue[];
    const changed = form(signature as CborValue[]);
    return openPairingCard(
      encodeCbor(new Tagged(98n, [body!, unprotected!, payload!, changed] as CborValue[])),
    );
  };
}

const header = (algorithm: bigint): Uint8Array =>
  encodeCbor(
    new Map<bigint, CborValue>([
      [1n, algorithm],
      [4n, new Uint8Array(32)],
    ]),
  );

const CASES: Readonly<Record<GapErrorCode, () => unknown>> = {
  too_large: () => openEnvelope(new Uint8Array(32 * 1024 * 1024 + 1)),
  cbor_truncated: cbor('18'),
  cbor_not_minimal: cbor('1800'),
  cbor_indefinite: cbor('9fff'),
  cbor_float: cbor('f93c00'),
  cbor_unsupported: cbor('f7'),
  cbor_utf8: cbor('61ff'),
  cbor_key_order: cbor('a201000000'),
  cbor_too_deep: cbor(`${'81'.repeat(13)}00`),
  cbor_too_many: () => openEnvelope(unhex(`d86299ffff${'a0'.repeat(65_535)}`)),
  cbor_trailing: cbor('0000'),
  envelope_malformed: () => openEnvelope(unhex('a0')),
  type_unknown: () => openEnvelope(unhex('d86284 45a103626869 a0 40 80')),
  type_unexpected: () => openEnvelope(card.file, 'record-export'),
  algorithm_unsupported: reformed(([, ...rest]) => [[header(-8n), ...rest] as CborValue[]]),
  signature_order: reformed((signature) => [signature, signature]),
  key_unknown: () => openAddressBatch(batchFile(), STRANGER.publicKey),
  signature_invalid: reformed(([head, map]) => [[head!, map!, new Uint8Array(64)]]),
  field_missing: spoil([3], undefined),
  field_unknown: spoil([9], 0n),
  field_type: spoil([4], 0n),
  field_range: spoil([4], 'x'.repeat(65)),
  root_mismatch: () => {
    const batch = SAMPLES.batch!;
    const { statementFile } = openAddressBatch(batchFile(ISSUED.slice(1)), SIGNER.publicKey);
    return batch.open(spoiled(batch, [1], statementFile));
  },
  chain_broken: () => SAMPLES.record!.open(recordFile(sealedEntries().slice(1))),
};

test.each(GAP_ERROR_CODES)('%s is reached, with a message that says what came', (code) => {
  const error = refusal(CASES[code]);
  expect(error.code).toBe(code);
  expect(error.name).toBe('GapError');
  expect(error).toBeInstanceOf(Error);
  expect(error.message.length).toBeGreaterThan(10);
});

test('every code has a case here, in the order of the list', () => {
  expect(Object.keys(CASES)).toEqual([...GAP_ERROR_CODES]);
});

test("the README's table has every code once, in the order of the list, and no other", () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const rows = [...readme.matchAll(/^\| `([a-z0-9_]+)` \| [^|]+ \| [^|]+ \|$/gm)];
  expect(rows.map(([, code]) => code)).toEqual([...GAP_ERROR_CODES]);
});

test('no message repeats a UUID, which is half of a key', () => {
  const duplicate = [...ISSUED, { ...ISSUED[0]!, address: ISSUED[1]!.address }];
  const file = sealEnvelope('address-batch', openEnvelope(batchFile(duplicate)).payload, [SIGNER]);
  expect(refusal(() => openAddressBatch(file, SIGNER.publicKey)).message).not.toContain('aaaa');
  expect(new GapError('field_range', 'x').code).toBe('field_range');
});
