/**
 * Every key that any file names, by whatever name: its UUID's commitment within a keyring, its
 * address. Names that a file puts side by side are one key (a union of sets), so that a second hash
 * is found even if one file knows the key by its UUID and the other by its address alone. The three
 * levels of one UUID are one key, since they share their hash chains.
 */
import type { AddFinding, FindingCode } from '../findings.ts';
import { type HashUse, HashUses, type IsFreed, isSigned } from './hash-uses.ts';
import type { Source } from './ledger-of-records.ts';

export interface KeyNames {
  readonly keyringId: string;
  /** SHA-256 of the UUID; null where a file knows the address alone. */
  readonly commitment: string | null;
  readonly address: string | null;
  readonly level: number | null;
}

/** One key; `parent` leads to the key with which it was found to be the same. */
interface Key {
  parent: Key | null;
  /** Each value with the first file that says it. */
  readonly commitments: Map<string, string>;
  readonly addresses: Map<string, string>;
  readonly levels: Map<string, string>;
  readonly uses: HashUses;
  /** The first file that says that its seed was given away, or null. */
  surrenderedIn: string | null;
}

function rootOf(key: Key): Key {
  let root = key;
  while (root.parent !== null) root = root.parent;
  let step = key;
  while (step.parent !== null) {
    const next: Key = step.parent;
    step.parent = root;
    step = next;
  }
  return root;
}

const sizeOf = (key: Key): number => key.commitments.size + key.addresses.size;

function addAll(from: ReadonlyMap<string, string>, to: Map<string, string>): void {
  for (const [value, file] of from) if (!to.has(value)) to.set(value, file);
}

/** Makes two keys one; the smaller set is poured into the larger. */
function unite(a: Key, b: Key): Key {
  const [first, second] = [rootOf(a), rootOf(b)];
  if (first === second) return first;
  const [into, from] = sizeOf(first) >= sizeOf(second) ? [first, second] : [second, first];
  addAll(from.commitments, into.commitments);
  addAll(from.addresses, into.addresses);
  addAll(from.levels, into.levels);
  into.uses.absorb(from.uses);
  into.surrenderedIn ??= from.surrenderedIn;
  from.parent = into;
  return into;
}

export interface KeyTotals {
  readonly keys: number;
  readonly signed: number;
}

export class LedgerOfKeys {
  readonly #byName = new Map<string, Key>();

  #named(name: string): Key {
    let key = this.#byName.get(name);
    if (key === undefined) {
      key = {
        parent: null,
        commitments: new Map(),
        addresses: new Map(),
        levels: new Map(),
        uses: new HashUses(),
        surrenderedIn: null,
      };
      this.#byName.set(name, key);
    }
    return rootOf(key);
  }

  /** Notes that a file uses these names for one key. */
  note(names: KeyNames, file: string): void {
    this.#keyOf(names, file);
  }

  /**
   * The first file noted before that names these by other names, or null: to note them as one key would
   * unite two, and blame the files that are right.
   */
  contradictedBy(names: {
    readonly keyringId: string;
    readonly commitment: string;
    readonly address: string;
    readonly level: number;
  }): string | null {
    const { address, level } = names;
    const name = `${names.keyringId} ${names.commitment}`;
    const otherwise = (values: ReadonlyMap<string, string>, value: string): string[] =>
      values.has(value) ? [] : [...values.values()].slice(0, 1);
    const files = [name, address].flatMap((known) => {
      const key = this.#byName.get(known);
      if (key === undefined) return [];
      const { addresses, commitments, levels } = rootOf(key);
      return [
        ...otherwise(addresses, address),
        ...otherwise(commitments, name),
        ...otherwise(levels, String(level)),
      ];
    });
    return files[0] ?? null;
  }

  /** Notes that a file ties a key to a bundle hash. */
  use(names: KeyNames, use: HashUse): void {
    this.#keyOf(names, use.file).uses.note(use);
  }

  /** Notes that a record's entry gives a key away. */
  surrender({ keyringId, file }: Source, commitment: string): void {
    const names = { keyringId, commitment, address: null, level: null };
    this.#keyOf(names, file).surrenderedIn ??= file;
  }

  #keyOf({ keyringId, commitment, address, level }: KeyNames, file: string): Key {
    const known: Key[] = [];
    const name = commitment === null ? null : `${keyringId} ${commitment}`;
    if (name !== null) known.push(this.#named(name));
    if (address !== null) known.push(this.#named(address));
    const [first, second] = known;
    if (first === undefined) throw new RangeError('expected a commitment or an address');
    const key = second === undefined ? first : unite(first, second);
    const say = (values: Map<string, string>, value: string | null): void => {
      if (value !== null && !values.has(value)) values.set(value, file);
    };
    say(key.commitments, name);
    say(key.addresses, address);
    say(key.levels, level === null ? null : String(level));
    return key;
  }

  /** Every key that breaks a rule, and how many keys there are. */
  check(add: AddFinding, isFreed: IsFreed): KeyTotals {
    const keys = new Set([...this.#byName.values()].map(rootOf));
    let signed = 0;
    for (const key of keys) {
      if (key.uses.isSigned) signed += 1;
      checkNames(key, add);
      checkSurrender(key, add);
      for (const { first, other } of key.uses.conflicts(isFreed)) {
        const code = isSigned(other) ? 'key_two_hashes' : 'key_requested_twice';
        const verb = isSigned(other) ? 'signed' : 'was asked to sign';
        const message = `the key of ${nameOf(key)} ${isSigned(first) ? 'signed' : 'was asked to sign'} ${first.hash} and ${verb} ${other.hash}`;
        add({ code, file: first.file, otherFile: other.file, message });
      }
    }
    return { keys: keys.size, signed };
  }
}

function nameOf(key: Pick<Key, 'addresses' | 'commitments'>): string {
  const [address] = key.addresses.keys();
  const [commitment] = key.commitments.keys();
  return address === undefined
    ? `UUID commitment ${commitment?.split(' ')[1] ?? '?'}`
    : `address ${address}`;
}

/** A key that was given away and signs here, in whatever order, has two that may sign with it. */
function checkSurrender({ surrenderedIn, uses, ...key }: Key, add: AddFinding): void {
  const use = uses.firstSigned;
  if (surrenderedIn === null || use === null) return;
  const message = `the key of ${nameOf(key)} was given away, and signed ${use.hash}`;
  add({ code: 'surrendered_signed', file: surrenderedIn, otherFile: use.file, message });
}

function checkNames(key: Key, add: AddFinding): void {
  const name = nameOf(key);
  const twice = (values: ReadonlyMap<string, string>, code: FindingCode, what: string): void => {
    const [first, ...others] = values;
    if (first === undefined) return;
    for (const [value, otherFile] of others) {
      const message = `the key of ${name} has two ${what}: ${first[0]} and ${value}`;
      add({ code, file: first[1], otherFile, message });
    }
  };
  twice(key.addresses, 'uuid_two_addresses', 'addresses');
  twice(key.commitments, 'address_two_uuids', 'UUIDs (by their commitments)');
  twice(key.levels, 'uuid_two_levels', 'security levels');
}
