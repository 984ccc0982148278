/** Entries followed as chains: branches apart, each entry once, and as deep as a record may be. */
import type { RecordEntry } from '@airlock/gap';
import { EMPTY_HEAD } from '@airlock/gap';
import { expect, test } from '@jest/globals';
import { Chains } from '../src/ledgers/chains.ts';

const source = { keyringId: 'kr', file: 'file', isSigners: true };
const entryOf = (number: number, previous: string): RecordEntry => ({
  number,
  previous,
  at: 0,
  event: { kind: 'network-accepted' },
});

/** Names of the entries in the order in which they are followed, each with those taken in before it. */
function followed(chains: Chains): string[] {
  const paths: string[] = [];
  chains.follow((isComplete) => {
    const path: string[] = [isComplete ? 'start' : 'middle'];
    return ({ hash }, before) => {
      expect(before?.hash ?? path[0]).toBe(path.at(-1));
      path.push(hash);
      paths.push(path.join(' '));
      return () => path.pop();
    };
  });
  return paths;
}

test('branches are followed apart, and what one did is taken back before the other', () => {
  const chains = new Chains();
  const note = (number: number, previous: string, hash: string): void =>
    chains.entry(source, entryOf(number, previous), { number, hash });
  note(3, 'b', 'c');
  note(3, 'b', 'd');
  note(2, 'a', 'b');
  note(4, 'c', 'e');
  note(1, EMPTY_HEAD.hash, 'a');
  note(9, 'x', 'y');
  expect(followed(chains).sort()).toEqual([
    'middle y',
    'start a',
    'start a b',
    'start a b c',
    'start a b c e',
    'start a b d',
  ]);
});

test('an entry with the hash, but not the number of the one before, begins a chain of its own', () => {
  const chains = new Chains();
  chains.entry(source, entryOf(1, EMPTY_HEAD.hash), { number: 1, hash: 'a' });
  chains.entry(source, entryOf(5, 'a'), { number: 5, hash: 'b' });
  expect(followed(chains).sort()).toEqual(['middle b', 'start a']);
});

test("an entry in two files is followed once, best in a file of its signer; keyrings' apart", () => {
  const chains = new Chains();
  const files: string[] = [];
  const first = entryOf(1, EMPTY_HEAD.hash);
  const head = { number: 1, hash: 'a' };
  chains.entry({ ...source, file: 'posing', isSigners: false }, first, head);
  chains.entry({ ...source, file: 'own' }, first, head);
  chains.entry({ ...source, file: 'copy' }, first, head);
  chains.entry({ ...source, file: 'other', keyringId: 'kr2' }, first, head);
  chains.follow(() => (known) => {
    files.push(known.source.file);
    return () => undefined;
  });
  expect(files.sort()).toEqual(['other', 'own']);
});

test('a record of 100,000 entries is followed without nesting calls', () => {
  const chains = new Chains();
  for (let number = 1; number <= 100_000; number += 1) {
    const previous = number === 1 ? EMPTY_HEAD.hash : `h${number - 1}`;
    chains.entry(source, entryOf(number, previous), { number, hash: `h${number}` });
  }
  let depth = 0;
  let deepest = 0;
  chains.follow(() => () => {
    depth += 1;
    deepest = Math.max(deepest, depth);
    return () => {
      depth -= 1;
    };
  });
  expect([deepest, depth]).toEqual([100_000, 0]);
});
