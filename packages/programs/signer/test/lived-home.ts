/**
 * A home that has lived on since its backup, the files of that life, and commands run with other homes
 * beside it.
 */
import { type IssuedAddress, type RequestSlot, wordsOf } from '@airlock/gap';
import { nodeDisk } from '../src/disk.ts';
import { loadRecord } from '../src/record-store.ts';
import { coordinatorRecord, voidIn, voidOf } from './voids.ts';
import {
  bundle,
  input,
  KEYS,
  makeWorld,
  own,
  type Run,
  requestOf,
  SIGNER,
  seal,
  type World,
} from './world.ts';

export const key = (index: number): IssuedAddress => KEYS[index]!;

/** A bundle that moves everything from one key to another, both by their index. */
export const sweepOf = (from: number, to: number): RequestSlot[] =>
  bundle(input(key(from), 5n), own(key(to), 5n));

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export const request = (at: World, ...slots: RequestSlot[][]): Uint8Array =>
  seal(requestOf(at.state(), slots));

export interface Life {
  /** As `lived` was when its backup was made. */
  readonly world: World;
  /** A backup with three entries, then: signed (4), a batch (5), voided (6), signed (7). */
  readonly lived: World;
  /** The requests that were signed. */
  readonly files: { readonly first: Uint8Array; readonly second: Uint8Array };
}

/** Lives that life, in a folder of its own. */
export async function liveLife(): Promise<Life> {
  const world = await makeWorld();
  const lived = world.copy();
  nodeDisk.makeFolder(lived.path('backup'));
  copyFolder(lived, 'home', 'backup');
  const first = request(lived, sweepOf(0, 1));
  await lived.sign(first, 'first.response');
  const early = request(lived, sweepOf(2, 3));
  await lived.run('addresses', '--count', '3', '--out', lived.path('2.batch'));
  await voidIn(lived, voidOf(early), 'receipt');
  const state = lived.state();
  const second = seal(requestOf(state, [sweepOf(4, 5)], { sequence: 3 }));
  await lived.sign(second, 'second.response');
  lived.write('coordinator.record', coordinatorRecord(lived.state()));
  return { world, lived, files: { first, second } };
}

function copyFolder(at: World, from: string, to: string): void {
  for (const name of ['secret'])
    nodeDisk.replace(at.path(`${to}/${name}`), at.read(`${from}/${name}`));
  for (const folder of ['record', 'requests']) {
    nodeDisk.makeFolder(at.path(`${to}/${folder}`));
    for (const name of at.files(`${from}/${folder}`)) {
      nodeDisk.replace(at.path(`${to}/${folder}/${name}`), at.read(`${from}/${folder}/${name}`));
    }
  }
}

/** Runs a command with another home of the same world. */
export function runIn(at: World, home: string, ...args: string[]): Promise<Run> {
  const passphrase = ['--passphrase-file', at.path('passphrase')];
  return at.runBare('--home', at.path(home), ...passphrase, ...args);
}

export const stateOf = (at: World, home: string): ReturnType<World['state']> =>
  loadRecord(nodeDisk, at.path(`${home}/record`), SIGNER.publicKey).state;

const headWords = (at: World): string => wordsOf(stateOf(at, 'home').head.hash).slice(4).join(' ');

/** Resumes the home `new` from these files. */
export const resume = (
  at: World,
  names: readonly string[],
  {
    words = headWords(at),
    last = 3,
    alone = 0,
  }: { words?: string; last?: number; alone?: number } = {},
): Promise<Run> =>
  runIn(
    at,
    'new',
    'resume',
    ...['--last-sequence', String(last), '--last-alone', String(alone), '--confirm', words],
    ...names.map((name) => at.path(name)),
  );
