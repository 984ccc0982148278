/** UUIDs: 64 characters of the base64 alphabet, one to one with 48 bytes. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytesToUuid, parseUuid, UUID_BYTES, UUID_CHARACTERS, uuidToBytes } from '../src/index.ts';
import { codeOf, runs } from './legacy.ts';

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const uuid = 'gFS9tmCHLzt2RnaCeTNlVQslCUPASdt342cPjf/JSS55+nNPXPu3sdSeaDfMxV+p';

describe('uuids', () => {
  test('48 bytes come back from their 64 characters', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 48, maxLength: 48 }), (bytes) => {
        const text = bytesToUuid(bytes);
        expect(text).toHaveLength(UUID_CHARACTERS);
        expect(parseUuid(text)).toBe(text);
        expect(uuidToBytes(text)).toEqual(bytes);
        expect(uuidToBytes(text)).toHaveLength(UUID_BYTES);
      }),
      runs(300),
    );
  });

  test('64 characters of the alphabet come back from their 48 bytes', () => {
    const characters = fc.array(fc.constantFrom(...BASE64), { minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(characters, (list) => {
        expect(bytesToUuid(uuidToBytes(list.join('')))).toBe(list.join(''));
      }),
      runs(300),
    );
  });

  test.each<[string, unknown]>([
    ['an empty string', ''],
    ['63 characters', uuid.slice(1)],
    ['65 characters', `${uuid}A`],
    ['a trailing line feed', `${uuid}\n`],
    ['a line feed within', `${uuid.slice(0, 63)}\n`],
    ['a space', `${uuid.slice(0, 63)} `],
    ['padding', `${uuid.slice(0, 62)}==`],
    ['base64url', uuid.replaceAll('/', '_').replaceAll('+', '-')],
    ['a letter outside ASCII', `${uuid.slice(0, 63)}é`],
    ['a null character', `${uuid.slice(0, 63)}\0`],
    ['the RFC 4122 form', '123e4567-e89b-12d3-a456-426614174000'],
    ['null', null],
    ['a number', 64],
    ['an array that prints as one', [uuid]],
  ])('%s is refused', async (_name, value) => {
    expect(await codeOf(() => parseUuid(value))).toBe('uuid_malformed');
  });

  test('uuidToBytes refuses what parseUuid refuses', async () => {
    expect(await codeOf(() => uuidToBytes(`${uuid.slice(0, 63)}=`))).toBe('uuid_malformed');
  });

  test('a refusal does not repeat the text: a UUID is half of a key', () => {
    const wrong = `${uuid}x`;
    expect(() => parseUuid(wrong)).toThrow('got 65 characters');
    expect(() => parseUuid(wrong)).not.toThrow(uuid.slice(0, 8));
  });

  test.each([0, 47, 49])('%i bytes are not made into a UUID', (length) => {
    expect(() => bytesToUuid(new Uint8Array(length))).toThrow(RangeError);
  });
});
