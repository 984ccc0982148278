/** A record of a wanted size, and every way to cut or flip it by one byte. */
import { join } from 'node:path';
import { type RecordEvent, sha256, type Verdict } from '@airlock/gap';
import { SignerError } from '../src/error.ts';
import { readHome, recordPath } from '../src/home.ts';
import type { MemoryDisk } from './memory-disk.ts';
import { HOME, makeMemoryHome } from './memory-home.ts';
import { addressOf, issuedEvent, KEYS, openedEvent, PAIRED, withdrawalIdOf } from './world.ts';

const RECORD = recordPath(HOME);
const KEYS_OF_BUNDLE = 20;
const BUNDLES = 11;

const digestOf = (text: string): string => sha256(new TextEncoder().encode(text));

/** A large request's verdicts: few entries make a large record, which is quicker to read. */
function signedEvent(sequence: number): RecordEvent {
  const verdicts = Array.from({ length: BUNDLES }, (_, bundle): Verdict => {
    const name = `${sequence} ${bundle}`;
    return {
      bundleHash: addressOf(String.fromCharCode(65 + ((sequence * BUNDLES + bundle) % 26))),
      keys: Array.from({ length: KEYS_OF_BUNDLE }, (_, key) => [digestOf(`${name} ${key}`), 2]),
      withdrawalIds: [withdrawalIdOf(sequence * BUNDLES + bundle)],
    };
  });
  const requestId = `sr_${digestOf(`request ${sequence}`).slice(0, 32)}`;
  return { kind: 'signed', requestId, sequence, requestDigest: digestOf(requestId), verdicts };
}

export const namesOf = (home: MemoryDisk): string[] => home.list(RECORD);
export const pathOf = (name: string): string => join(RECORD, name);

export function sizeOf(home: MemoryDisk): number {
  return namesOf(home).reduce((sum, name) => sum + (home.files.get(pathOf(name))?.length ?? 0), 0);
}

/**
 * A home whose record has at least so many bytes. Its large entries come first: what stands before a
 * damaged entry is read, and its signatures verified, each time.
 */
export function makeRecordOf(bytes: number): MemoryDisk {
  const keys = KEYS.slice(0, 2);
  for (let requests = 1; ; requests += 1) {
    const home = makeMemoryHome([
      [openedEvent(), []],
      ...Array.from({ length: requests }, (_, i) => [signedEvent(i + 1), []] as const),
      [PAIRED, []],
      [issuedEvent(keys), keys],
    ]);
    if (sizeOf(home) >= bytes) return home;
  }
}

/** How a home opens: 'accepted' or the code of the refusal. */
export function openingOf(home: MemoryDisk): string {
  try {
    readHome(home, HOME);
    return 'accepted';
  } catch (cause) {
    if (cause instanceof SignerError) return cause.code;
    throw cause;
  }
}

export interface DamageCount {
  readonly cut: number;
  readonly flipped: number;
  /** What was not refused as damaged. */
  readonly faults: readonly string[];
}

/** Cuts every entry at every byte and flips every byte of it, each time in an otherwise sound home. */
export function damageEverywhere(
  sound: MemoryDisk,
  onEntry: (name: string) => void = () => undefined,
): DamageCount {
  const home = sound.copy();
  const faults: string[] = [];
  let cut = 0;
  let flipped = 0;
  const check = (name: string, bytes: Uint8Array, what: string): void => {
    home.files.set(pathOf(name), bytes);
    const opening = openingOf(home);
    if (opening !== 'record_damaged') faults.push(`entry ${name} ${what}: ${opening}`);
  };
  for (const name of namesOf(sound)) {
    const bytes = sound.files.get(pathOf(name)) ?? new Uint8Array();
    for (let at = 0; at < bytes.length; at += 1) {
      check(name, bytes.subarray(0, at), `cut at ${at}`);
      cut += 1;
      const copy = bytes.slice();
      copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
      check(name, copy, `flipped at ${at}`);
      flipped += 1;
    }
    home.files.set(pathOf(name), bytes);
    onEntry(name);
  }
  if (openingOf(home) !== 'accepted') faults.push('the sound home was not accepted');
  return { cut, flipped, faults };
}
