/** Lines of text as parts: what is one, whoever typed it, and what is none. */
import { expect, test } from '@jest/globals';
import { type CborValue, encodeCbor } from '../../src/cbor.ts';
import { UrEncoder } from '../../src/ur/encoder.ts';
import { encodeMinimal } from '../../src/ur/minimal-bytewords.ts';
import { formatPart, parsePart } from '../../src/ur/part.ts';
import { messageOf, parsed } from './samples.ts';
import { PARTS, SINGLE_PART, wolfMessage } from './vectors.ts';

const MESSAGE = encodeCbor(wolfMessage(256));

/** A line whose CRC is right, whatever its fields say. */
function lineOf(fields: readonly CborValue[], head: string): string {
  return `UR:BYTES/${head}/${encodeMinimal(encodeCbor(fields))}`;
}

const data = messageOf(30, 1);

test('the published parts read as they were made, and are written so', () => {
  const fragments = PARTS.slice(0, 9).flatMap((text) => [...parsed(text).data]);
  expect(fragments.slice(0, MESSAGE.length)).toEqual([...MESSAGE]);
  for (const [index, text] of PARTS.entries()) {
    const part = parsed(text);
    expect(part.sequence).toBe(index + 1);
    expect(part.transfer).toEqual({
      type: 'bytes',
      count: 9,
      messageBytes: 259,
      checksum: parsed(PARTS[0]!).transfer.checksum,
      fragmentBytes: 29,
    });
    expect(formatPart(part)).toBe(text.toUpperCase());
  }
});

test('the published single part', () => {
  const part = parsed(SINGLE_PART);
  expect(part.data).toEqual(encodeCbor(wolfMessage(50)));
  expect(part.transfer.count).toBe(1);
  expect(formatPart(part)).toBe(SINGLE_PART.toUpperCase());
});

test('upper, lower and mixed case, and the white space that scanners add, are all one', () => {
  const [text] = PARTS as [string];
  const mixed = [...text].map((c, i) => (i % 3 === 0 ? c.toUpperCase() : c)).join('');
  const part = parsed(text);
  for (const line of [text.toUpperCase(), mixed, `${text}\r`, `${text}\r\n`, ` \t${text}  \n`]) {
    expect(parsePart(line)).toEqual(part);
  }
});

test.each([
  ['nothing', ''],
  ['another code', 'HTTPS://EXAMPLE.ORG/'],
  ['BBQr', 'B$2P0300PSBT'],
  ['no body', 'UR:BYTES/'],
  ['no type', `UR:/${SINGLE_PART.slice(9)}`],
  ['a type with a doubled hyphen', `UR:A--B/${SINGLE_PART.slice(9)}`],
  ['a line cut', PARTS[0]!.slice(0, -2)],
  ['a line cut in a pair', PARTS[0]!.slice(0, -1)],
  ['two lines in one', `${PARTS[0]}${PARTS[1]}`],
  ['a space inside', PARTS[0]!.replace('lpad', 'lp ad')],
  ['another sequence before the body', PARTS[0]!.replace('/1-9/', '/2-9/')],
  ['another count before the body', PARTS[0]!.replace('/1-9/', '/1-8/')],
  ['a leading zero', PARTS[0]!.replace('/1-9/', '/01-9/')],
  ['more components', PARTS[0]!.replace('/1-9/', '/1-9/1-9/')],
  ['a single part with a sequence', SINGLE_PART.replace('ur:bytes/', 'ur:bytes/1-9/')],
  ['letters beyond ASCII', PARTS[0]!.replace('s', 'ſ')],
])('%s is no part', (_, line) => {
  expect([...PARTS, SINGLE_PART]).not.toContain(line);
  expect(parsePart(line)).toBeNull();
});

test('bodies with a right CRC whose fields lie are no parts', () => {
  const good = [1n, 9n, 259n, 7n, data.slice(1)];
  expect(parsePart(lineOf(good, '1-9'))).not.toBeNull();
  const bad: [string, readonly CborValue[], string][] = [
    ['sequence 0', [0n, 9n, 259n, 7n, data.slice(1)], '0-9'],
    ['count 0', [1n, 0n, 259n, 7n, data.slice(1)], '1-0'],
    ['a count that the lengths do not give', [1n, 10n, 259n, 7n, data.slice(1)], '1-10'],
    ['more fragments than allowed', [1n, 513n, 513n, 7n, data.slice(29)], '1-513'],
    ['no data', [1n, 9n, 259n, 7n, new Uint8Array(0)], '1-9'],
    ['an empty message', [1n, 9n, 0n, 7n, data], '1-9'],
    ['a message too long', [1n, 512n, 262_145n, 7n, messageOf(513, 1)], '1-512'],
    ['a sequence of 33 bits', [4_294_967_296n, 9n, 259n, 7n, data.slice(1)], '4294967296-9'],
    ['a checksum of 33 bits', [1n, 9n, 259n, 4_294_967_296n, data.slice(1)], '1-9'],
    ['a negative checksum', [1n, 9n, 259n, -1n, data.slice(1)], '1-9'],
    ['a text for the data', [1n, 9n, 259n, 7n, 'abc'], '1-9'],
    ['a text for the checksum', [1n, 9n, 259n, 'abc', data.slice(1)], '1-9'],
    ['the data first', [data.slice(1), 1n, 9n, 259n, 7n], '1-9'],
    ['four fields', [1n, 9n, 259n, data.slice(1)], '1-9'],
    ['six fields', [1n, 9n, 259n, 7n, data.slice(1), 1n], '1-9'],
  ];
  const accepted = bad.filter(([, fields, head]) => parsePart(lineOf(fields, head)) !== null);
  expect(accepted.map(([name]) => name)).toEqual([]);
  expect(parsePart(`UR:BYTES/1-9/${encodeMinimal(encodeCbor(7n))}`)).toBeNull();
  expect(parsePart(`UR:BYTES/1-9/${encodeMinimal(Buffer.from('ff00ff', 'hex'))}`)).toBeNull();
});

test('limits are reached and not passed', () => {
  const most = [1n, 512n, 262_144n, 7n, messageOf(512, 1)];
  expect(parsed(lineOf(most, '1-512')).transfer.messageBytes).toBe(262_144);
  const widest = [1n, 2n, 4096n, 7n, messageOf(2048, 1)];
  expect(parsed(lineOf(widest, '1-2')).transfer.fragmentBytes).toBe(2048);
  const tooWide = [1n, 2n, 4097n, 7n, messageOf(2049, 1)];
  expect(lineOf(tooWide, '1-2').length).toBeLessThan(4296);
  expect(parsePart(lineOf(tooWide, '1-2'))).toBeNull();
  expect(parsePart(`UR:BYTES/${encodeMinimal(messageOf(2049, 1))}`)).toBeNull();
});

test('a sender that does not even out its fragments is understood', () => {
  // 10 bytes in fragments of 6: two, though two of 5 would do.
  const fields = [2n, 2n, 10n, 7n, Uint8Array.of(7, 8, 9, 10, 0, 0)];
  expect(parsed(lineOf(fields, '2-2')).transfer.fragmentBytes).toBe(6);
});

test('a single part of a type with hyphens', () => {
  const { text } = new UrEncoder('crypto-2-seed', MESSAGE, 2048).part(1);
  expect(parsed(text).transfer.type).toBe('crypto-2-seed');
});
