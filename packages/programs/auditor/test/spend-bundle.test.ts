/** The bundle of a spend: whole, valid, signed, and nothing in it that nobody signed. */
import { encodeInteger, type Slot, type Transaction } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { readSpendBundle } from '../src/messages/spend-bundle.ts';
import { readSpendFile } from '../src/messages/spend-file.ts';
import { fileOf, type SpendOptions, spendJson, spendOf } from './spend-world.ts';
import { batchOf, cards, findingsOf, keyOf, keysOf, TestRecord } from './world.ts';

const [a, b] = await keysOf(1, 2);
const second = await keyOf(11, 2);
const PAYEE = 'PAYEE'.padEnd(81, '9');
const batch = batchOf([a, b, second]);
const base = { ...cards, batch };
const opened = (): TestRecord => new TestRecord().open({ batches: [batch] });

const found = (options: Partial<SpendOptions>, inputs = [a]): string[] =>
  findingsOf({ ...base, spend: spendOf(inputs, PAYEE, { record: opened(), ...options }) });
/** The findings of a spend whose transactions were changed after they were signed. */
const changed = (
  change: (transactions: Transaction[]) => Transaction[],
  inputs = [second],
): string[] => found({ transactions: change }, inputs);
const at =
  (index: number, change: Partial<Transaction>) =>
  (transactions: Transaction[]): Transaction[] =>
    transactions.with(index, { ...transactions[index]!, ...change });

const json = spendJson([second, a], PAYEE, { record: opened() });
const trytesOf = (change: (trytes: readonly string[]) => readonly string[]): string[] =>
  findingsOf({ ...base, spend: fileOf({ ...json, trytes: change(json.trytes) }) });

describe('what the signer would not have built', () => {
  const slots = (change: (slots: Slot[]) => Slot[]): string[] => found({ slots: change });
  const payee = (slots: Slot[]): Slot => slots.at(-1)!;

  test('bundle_sum: more is paid than spent', () => {
    expect(slots((each) => each.with(-1, { ...payee(each), value: 101n }))).toEqual([
      'bundle_sum spend',
    ]);
  });

  test('bundle_value: more than there is', () => {
    const value = encodeInteger(10n ** 16n, 27);
    const findings = trytesOf(([pays, ...rest]) => [
      `${pays!.slice(0, 2268)}${value}${pays!.slice(2295)}`,
      ...rest,
    ]);
    expect(findings).toEqual([
      'bundle_hash_mismatch spend',
      'bundle_sum spend',
      'bundle_value spend',
    ]);
  });

  test('bundle_last_trit: a payee that no node accepts', () => {
    const address = `${PAYEE.slice(0, 80)}M`;
    expect(slots((each) => each.with(-1, { ...payee(each), address }))).toEqual([
      'bundle_last_trit spend',
    ]);
  });

  test('bundle_slots: a slot too many after an input, one that is nobody’s, an address twice', () => {
    const zero = (address: string) => (each: Slot[]) =>
      each.toSpliced(1, 0, { ...each[0]!, obsoleteTag: '9'.repeat(27), address, value: 0n });
    // One slot more makes it an input of level 2, and its signature has one fragment.
    expect(slots(zero(a.address))).toEqual([
      'signatures_incomplete spend',
      'verdict_mismatch spend',
      'wots_invalid spend',
    ]);
    expect(slots(zero(PAYEE))).toEqual(['bundle_slots spend', 'signatures_incomplete spend']);
    const many = found({ slots: (each) => zero(a.address)(zero(a.address)(each)) }, [second]);
    expect(many).toContain('bundle_slots spend');
    const twice = found({}, [a, b, a]);
    expect(twice).toContain('bundle_slots spend');
  });
});

describe('what became of it', () => {
  test('bundle_hash_mismatch: another payee, amount, time or tag than was signed', () => {
    for (const change of [
      { address: 'OTHER'.padEnd(81, '9') },
      { timestamp: 1 },
      { obsoleteTag: 'X'.repeat(27) },
    ]) {
      expect(changed(at(2, change))).toEqual(['bundle_hash_mismatch spend']);
    }
    expect(changed(at(2, { value: 99n }))).toEqual([
      'bundle_hash_mismatch spend',
      'bundle_sum spend',
    ]);
    expect(changed(at(1, { bundle: PAYEE }))).toEqual(['bundle_hash_mismatch spend']);
  });

  test('encoding: transactions left out, twice, in another order', () => {
    for (const change of [
      (trytes: readonly string[]) => trytes.slice(1),
      (trytes: readonly string[]) => trytes.toReversed(),
      (trytes: readonly string[]) => [trytes[0]!, ...trytes],
    ]) {
      const findings = trytesOf(change);
      expect(findings).toContain('encoding spend');
      expect(findings).toContain('bundle_hash_mismatch spend');
    }
  });

  test('encoding: attached, or with a tag that nothing signs', () => {
    expect(changed(at(0, { nonce: 'N'.repeat(27) }))).toEqual(['encoding spend']);
    expect(changed(at(2, { trunkTransaction: PAYEE }))).toEqual(['encoding spend']);
    expect(changed(at(2, { attachmentTimestamp: 5 }))).toEqual(['encoding spend']);
    expect(changed(at(2, { tag: 'SECRET'.padEnd(27, '9') }))).toEqual(['encoding spend']);
  });

  test('a payee may have a tag: the hash covers it', () => {
    const tag = 'COLD'.padEnd(27, '9');
    const slots = (each: Slot[]): Slot[] =>
      each.with(-1, { ...each.at(-1)!, tag, obsoleteTag: tag });
    expect(found({ slots })).toEqual([]);
  });

  test('signatures_incomplete: an input without a fragment, a payee with one', () => {
    const signatureMessageFragment = '9'.repeat(2187);
    expect(changed(at(1, { signatureMessageFragment }))).toEqual([
      'signatures_incomplete spend',
      'wots_invalid spend',
    ]);
    expect(changed(at(2, { signatureMessageFragment: 'M'.repeat(2187) }))).toEqual([
      'signatures_incomplete spend',
    ]);
  });

  test('wots_invalid: one tryte of a signature; also the trit that Kerl does not look at', () => {
    const change = (tryte: (old: string) => string) => (each: Transaction[]) => {
      const { signatureMessageFragment: old } = each[0]!;
      const text = `${old.slice(0, 80)}${tryte(old[80]!)}${old.slice(81)}`;
      return at(0, { signatureMessageFragment: text })(each);
    };
    expect(changed(change((old) => (old === 'A' ? 'B' : 'A')))).toEqual(['wots_invalid spend']);
    // Nine more is the same two trits, and 1 in place of 0.
    const alphabet = '9ABCDEFGHIJKLMNOPQRSTUVWXYZ';
    const raised = (old: string): string => alphabet[(alphabet.indexOf(old) + 9) % 27]!;
    expect(changed(change(raised))).toEqual(['wots_invalid spend']);
  });
});

test('every field of a transaction is bound by something, signatures aside', () => {
  // First and last tryte of each field.
  const lengths = [2187, 81, 27, 27, 9, 9, 9, 81, 81, 81, 27, 9, 9, 9, 27];
  const starts = lengths.map((_, index) =>
    lengths.slice(0, index).reduce((sum, length) => sum + length, 0),
  );
  const places = starts.flatMap((start, index) => [start, start + lengths[index]! - 1]);
  const silent: string[] = [];
  for (const transaction of json.trytes.keys()) {
    for (const place of places) {
      const old = json.trytes[transaction]!;
      const turned = `${old.slice(0, place)}${old[place] === 'A' ? 'B' : 'A'}${old.slice(place + 1)}`;
      const file = readSpendFile(
        fileOf({ ...json, trytes: json.trytes.with(transaction, turned) }),
      );
      if (readSpendBundle(file!).faults.length === 0) silent.push(`${transaction} ${place}`);
    }
  }
  // What is left are the three fragments of the two signatures; the payee's is transaction 0.
  expect(silent).toEqual([1, 2, 3].flatMap((index) => [`${index} 0`, `${index} 2186`]));
});
