/** The journal's encoding: one form, refused in every other, chained. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeEntry, EMPTY_JOURNAL, encodeEntry, headAfter } from '../src/entry.ts';
import { JournalError } from '../src/error.ts';
import type { JournalEntry, JournalEvent } from '../src/event.ts';
import { EVENTS, entryOf, HASH_A } from './samples.ts';

const refusal = (encoded: string, head = EMPTY_JOURNAL): string => {
  try {
    decodeEntry(encoded, head);
  } catch (cause) {
    expect(cause).toBeInstanceOf(JournalError);
    return (cause as JournalError).code;
  }
  return 'accepted';
};

/** The sample's text with a change made to its JSON, encoded with sorted keys again. */
function spoiled(
  type: JournalEvent['type'],
  spoil: (event: Record<string, unknown>) => void,
): string {
  const json = JSON.parse(encodeEntry(entryOf(EVENTS.get(type)!))) as { event: object };
  spoil(json.event as Record<string, unknown>);
  return encodeEntry(json as unknown as JournalEntry);
}

describe('encodeEntry', () => {
  test('gives the known bytes: sorted keys, no white space, amounts as decimal strings', () => {
    const encoded = encodeEntry(entryOf(EVENTS.get('transfer.booked')!));
    expect(encoded).toBe(
      '{"at":1600000000123,"event":{"entries":[{"amount":"-5","userId":"alice"},' +
        '{"amount":"5","userId":"bob"}],"reference":null,"transferId":"tr_1",' +
        `"type":"transfer.booked"},"number":1,"previous":"${'0'.repeat(64)}"}`,
    );
    expect(headAfter(1, encoded)).toEqual({
      number: 1,
      hash: '52bc6b8fb32ba17b27cd2aa75d792c8d9569525560d0455938acfe449706c135',
    });
  });

  test('does not depend on the order in which fields were set', () => {
    const { number, previous, at, event } = entryOf(EVENTS.get('user.created')!);
    expect(encodeEntry({ event, at, previous, number })).toBe(
      encodeEntry({ number, previous, at, event }),
    );
  });
});

describe('decodeEntry', () => {
  test.each([...EVENTS.values()])('reads $type back as it was written', (event) => {
    const entry = entryOf(event);
    expect(decodeEntry(encodeEntry(entry), EMPTY_JOURNAL)).toEqual(entry);
  });

  test.each([...EVENTS.keys()])('refuses %s with an unknown or a missing field', (type) => {
    expect(refusal(spoiled(type, (event) => Object.assign(event, { more: 1 })))).toBe(
      'entry_malformed',
    );
    for (const key of Object.keys(EVENTS.get(type)!)) {
      const without = spoiled(type, (event) => delete event[key]);
      expect([key, refusal(without)]).toEqual([key, 'entry_malformed']);
    }
  });

  test.each([
    '',
    'null',
    '[]',
    '1',
    '{',
    'x',
    '{}',
    `${encodeEntry(entryOf(EVENTS.get('user.created')!))}x`,
  ])('refuses %j, which is no entry', (text) => {
    expect(refusal(text)).toBe('entry_malformed');
  });

  test('refuses an unknown event type', () => {
    const text = spoiled('user.created', (event) => Object.assign(event, { type: 'user.deleted' }));
    expect(refusal(text)).toBe('entry_malformed');
  });

  test.each([1, '01', '+1', '-0', '1.0', '1e3', '', ' 1', '10000000000000000', null, '0x1', '١'])(
    'refuses %j as an amount',
    (amount) => {
      const text = spoiled('deposit.confirmed', (event) => Object.assign(event, { amount }));
      expect(refusal(text)).toBe('entry_malformed');
    },
  );

  test.each([
    ['address', 'a'.repeat(81)],
    ['address', 'A'.repeat(80)],
    ['address', `${'A'.repeat(81)}\n`],
    ['index', -1],
    ['index', 1.5],
    ['index', '1'],
    ['depositId', 'x'.repeat(257)],
    ['depositId', 7],
  ])('refuses a deposit whose %s is %j', (field, value) => {
    const text = spoiled('deposit.confirmed', (event) => Object.assign(event, { [field]: value }));
    expect(refusal(text)).toBe('entry_malformed');
  });

  test('refuses white space, other key order, escapes and repeated keys: there is one encoding', () => {
    const encoded = encodeEntry(entryOf(EVENTS.get('user.created')!));
    const { number, ...rest } = JSON.parse(encoded) as Record<string, unknown>;
    const others = [
      ` ${encoded}`,
      encoded.replace(':', ': '),
      JSON.stringify({ number, ...rest }),
      encoded.replace('alice', '\\u0061lice'),
      encoded.replace('{"at"', '{"at":1,"at"'),
      encoded.replace('1600000000123', '1600000000123.0'),
      encoded.replace('1600000000123', '1.600000000123e12'),
    ];
    for (const text of others) expect([text, refusal(text)]).toEqual([text, 'entry_malformed']);
  });

  test('refuses an entry after another head, or with another number, as chain_broken', () => {
    const first = encodeEntry(entryOf(EVENTS.get('user.created')!));
    const head = headAfter(1, first);
    const second = encodeEntry(entryOf(EVENTS.get('user.created')!, head));
    expect(decodeEntry(second, head).number).toBe(2);
    expect(refusal(second)).toBe('chain_broken');
    expect(refusal(first, head)).toBe('chain_broken');
    expect(refusal(second, { ...head, hash: 'f'.repeat(64) })).toBe('chain_broken');
    expect(refusal(second, { ...head, number: 2 })).toBe('chain_broken');
  });

  test('any changed character of an entry is refused or changes the head', () => {
    const encoded = encodeEntry(entryOf(EVENTS.get('sweep.planned')!));
    const head = headAfter(1, encoded);
    const position = fc.nat(encoded.length - 1);
    fc.assert(
      fc.property(position, fc.constantFrom(...'09AZa"{},:-'), (at, letter) => {
        const changed = encoded.slice(0, at) + letter + encoded.slice(at + 1);
        if (changed === encoded) return;
        const code = refusal(changed);
        if (code === 'accepted') expect(headAfter(1, changed)).not.toEqual(head);
      }),
      { seed: 7, numRuns: 500 },
    );
  });

  test('round trip of any amount and any text', () => {
    const amounts = fc.bigInt({ min: -(10n ** 16n) + 1n, max: 10n ** 16n - 1n });
    const texts = fc.string({ unit: 'grapheme', maxLength: 60 });
    fc.assert(
      fc.property(amounts, texts, (amount, userId) => {
        const event: JournalEvent = {
          type: 'transfer.booked',
          transferId: userId,
          entries: [{ userId, amount }],
          reference: userId,
        };
        const encoded = encodeEntry(entryOf(event));
        expect(decodeEntry(encoded, EMPTY_JOURNAL).event).toEqual(event);
      }),
      { seed: 8, numRuns: 300 },
    );
  });
});

test('headAfter is the SHA-256 of the UTF-8 bytes', () => {
  const { hash } = headAfter(1, 'ü');
  expect(hash).toBe(
    createHash('sha256')
      .update(Buffer.from([0xc3, 0xbc]))
      .digest('hex'),
  );
});

test('the README documents every event type, and no other', () => {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const documented = [...readme.matchAll(/^\| `([a-z-]+\.[a-z]+)` \|/gm)].map((match) => match[1]);
  expect(documented.sort()).toEqual([...EVENTS.keys()].sort());
  expect(HASH_A).toHaveLength(81);
});
