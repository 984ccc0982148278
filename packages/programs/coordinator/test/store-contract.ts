/** What every store must do: one suite, run on each implementation. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { keyOf, type Operation, paddedNumber, rangeOf, type Store } from '../src/store/store.ts';

export interface StoreMaker {
  /** Opens a store; the same place gives the same data again. */
  readonly open: (place: string) => Promise<Store>;
  readonly freshPlace: () => string;
  readonly remove: (place: string) => void;
}

const put = (key: string, value: string): Operation => ({ type: 'put', key, value });
const all = { from: '', to: '\uffff' };

async function read(entries: AsyncIterable<readonly [string, string]>): Promise<string[]> {
  const found: string[] = [];
  for await (const [key, value] of entries) found.push(`${key}=${value}`);
  return found;
}

export function describeStore(name: string, maker: StoreMaker): void {
  describe(`the store contract on ${name}`, () => {
    let place: string;
    let store: Store;
    beforeEach(async () => {
      place = maker.freshPlace();
      store = await maker.open(place);
    });
    afterEach(async () => {
      await store.close();
      maker.remove(place);
    });

    test('an absent key reads as null, an empty value as an empty value', async () => {
      await store.batch([put('a', '')]);
      expect(await store.get('a')).toBe('');
      expect(await store.get('b')).toBeNull();
    });

    test('entries come in key order, whatever the order of writing', async () => {
      await store.batch(['b', 'a', 'C', '1', 'ä', 'a\u0000b', 'aa'].map((key) => put(key, '.')));
      const keys = (await read(store.entries(all))).map((line) => line.slice(0, -2));
      expect(keys).toEqual(['1', 'C', 'a', 'a\u0000b', 'aa', 'b', 'ä']);
    });

    test('a range holds its first key and not its last', async () => {
      await store.batch(['a', 'b', 'c', 'd'].map((key) => put(key, key)));
      expect(await read(store.entries({ from: 'b', to: 'd' }))).toEqual(['b=b', 'c=c']);
      expect(await read(store.entries({ from: 'bb', to: 'cc' }))).toEqual(['c=c']);
      expect(await read(store.entries({ from: 'd', to: 'a' }))).toEqual([]);
    });

    test('limit and reverse apply together: the last rows, last first', async () => {
      await store.batch(['a', 'b', 'c', 'd'].map((key) => put(key, key)));
      expect(await read(store.entries({ ...all, limit: 2 }))).toEqual(['a=a', 'b=b']);
      expect(await read(store.entries({ ...all, reverse: true }))).toEqual([
        'd=d',
        'c=c',
        'b=b',
        'a=a',
      ]);
      expect(await read(store.entries({ ...all, reverse: true, limit: 1 }))).toEqual(['d=d']);
      expect(await read(store.entries({ ...all, limit: 0 }))).toEqual([]);
    });

    test('reading may stop half-way', async () => {
      await store.batch(['a', 'b', 'c'].map((key) => put(key, key)));
      for await (const [key] of store.entries(all)) {
        expect(key).toBe('a');
        break;
      }
      expect(await store.get('c')).toBe('c');
    });

    test('a purge leaves every key as it is, in its keyspaces and outside', async () => {
      const keys = ['vault', 'frames', 'meta'].map((space) => keyOf(space as 'vault', 'a'));
      await store.batch(keys.flatMap((key) => [put(key, '1'), put(`${key}b`, '2')]));
      await store.batch(keys.map((key) => ({ type: 'del', key })));
      const before = await read(store.entries(all));
      await store.purge(['vault', 'frames']);
      expect(await read(store.entries(all))).toEqual(before);
      expect(before).toHaveLength(3);
      await store.batch([put(keys[0]!, '3')]);
      expect(store.get(keys[0]!)).toBe('3');
    });

    test('entries come in one go or in several parts, however many there are', async () => {
      const keys = Array.from({ length: 2_500 }, (_, at) => `k/${paddedNumber(at)}`);
      await store.batch(keys.map((key) => put(key, 'x')));
      const found = await read(store.entries(all));
      expect(found).toEqual(keys.map((key) => `${key}=x`));
      const reverse = await read(store.entries({ ...all, reverse: true, limit: 1_500 }));
      expect(reverse).toEqual(found.slice(-1_500).reverse());
    });

    test('a batch puts and deletes in order; the last operation on a key counts', async () => {
      await store.batch([put('a', '1'), put('b', '1')]);
      await store.batch([put('a', '2'), { type: 'del', key: 'b' }, put('a', '3')]);
      await store.batch([{ type: 'del', key: 'never there' }]);
      await store.batch([]);
      expect(await read(store.entries(all))).toEqual(['a=3']);
    });

    test('a batch with one bad operation changes nothing', async () => {
      await store.batch([put('a', '1')]);
      const bad = [put('a', '2'), put('b', '2'), { type: 'odd', key: 'c' } as never];
      await expect(store.batch(bad)).rejects.toThrow();
      const missing = [put('a', '2'), { type: 'put', key: 'c' } as never];
      await expect(store.batch(missing)).rejects.toThrow();
      expect(await read(store.entries(all))).toEqual(['a=1']);
    });

    test('batches given at once all arrive, in the order given', async () => {
      const writes = Array.from({ length: 50 }, (_, i) =>
        store.batch([put('last', String(i)), put(`k${paddedNumber(i)}`, String(i))]),
      );
      await Promise.all(writes);
      expect(await store.get('last')).toBe('49');
      expect(await read(store.entries(rangeOf('journal')))).toEqual([]);
      expect(await read(store.entries({ from: 'k', to: 'l' }))).toHaveLength(50);
    });

    test('closing and opening again keeps the data', async () => {
      await store.batch([put(keyOf('meta', 'x'), 'ÿ "quoted" \n')]);
      await store.close();
      store = await maker.open(place);
      expect(await store.get(keyOf('meta', 'x'))).toBe('ÿ "quoted" \n');
    });

    test('a keyspace range holds its own keys, and with parts only those below them', async () => {
      const keys = [
        keyOf('history', 'al', '1'),
        keyOf('history', 'al', '2'),
        keyOf('history', 'alice', '1'),
        keyOf('idempotency', 'al', '1'),
      ];
      await store.batch(keys.map((key) => put(key, '.')));
      const below = await read(store.entries(rangeOf('history', 'al')));
      expect(below).toEqual([`${keys[0]}=.`, `${keys[1]}=.`]);
      expect(await read(store.entries(rangeOf('history')))).toHaveLength(3);
    });
  });
}
