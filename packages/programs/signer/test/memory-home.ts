/** A signer's home on a disk in memory, and the command line run on it. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type IssuedAddress,
  openSigningRequest,
  openVoidRequest,
  type RecordEvent,
  wordsOf,
} from '@airlock/gap';
import { plainArgon2 } from '@airlock/protocol';
import { runCli } from '../src/cli.ts';
import { recordPath, requestsFolder, secretPath } from '../src/home.ts';
import type { RecordState } from '../src/record-state.ts';
import { appendEntry, EMPTY_RECORD, loadRecord } from '../src/record-store.ts';
import { MemoryDisk } from './memory-disk.ts';
import {
  COORDINATOR,
  issuedEvent,
  KEYS,
  NOW,
  openedEvent,
  PAIRED,
  PASSPHRASE,
  QUIET,
  SIGNER,
  SILENT,
  sealedFile,
  seededRandom,
} from './world.ts';

export const HOME = '/home';
const PASSPHRASE_FILE = '/passphrase';
const FILE = '/stick/file';
/** Written in memory alone; but its folder must exist, which the signer asks the system itself. */
export const OUT: string = join(tmpdir(), 'never-written');

export type Command = 'sign' | 'void' | 'addresses';

export interface Input {
  readonly command: Command;
  /** The coordinator's file; of `addresses`, nothing. */
  readonly file: Uint8Array;
}

/** What came out: the file that was written, or the code of the refusal. */
export interface Answer {
  readonly output: Uint8Array | null;
  readonly code: string;
}

const SECRET: Uint8Array = await sealedFile();

type Events = readonly (readonly [RecordEvent, readonly IssuedAddress[]])[];

const READY: Events = [
  [openedEvent(), []],
  [PAIRED, []],
  [issuedEvent(KEYS), KEYS],
];

/** A home with this record: unless told otherwise, paired with COORDINATOR, and KEYS issued. */
export function makeMemoryHome(events: Events = READY): MemoryDisk {
  const disk = new MemoryDisk();
  disk.replace(PASSPHRASE_FILE, new TextEncoder().encode(PASSPHRASE));
  disk.replace(secretPath(HOME), SECRET);
  for (const folder of [HOME, recordPath(HOME), requestsFolder(HOME)]) disk.makeFolder(folder);
  let loaded = EMPTY_RECORD;
  for (const [event, addresses] of events) {
    const folder = recordPath(HOME);
    loaded = appendEntry({ disk, folder, loaded, at: NOW, event, addresses, identity: SIGNER });
  }
  return disk;
}

export function stateOf(disk: MemoryDisk): RecordState {
  return loadRecord(disk, recordPath(HOME), SIGNER.publicKey).state;
}

function lastWords({ command, file }: Input): string {
  const keys = [COORDINATOR.publicKey];
  const { digest } =
    command === 'void' ? openVoidRequest(file, keys) : openSigningRequest(file, keys);
  return wordsOf(digest).slice(4).join(' ');
}

function argumentsOf(input: Input): string[] {
  if (input.command === 'addresses') return ['--count', '30', '--out', OUT];
  return [FILE, '--out', OUT, '--confirm', lastWords(input)];
}

/** Runs a command on the home of this disk; what it said on standard error. */
export async function runIn(
  disk: MemoryDisk,
  args: readonly string[],
  at: number = NOW,
): Promise<string> {
  const notes: string[] = [];
  const place = ['--home', HOME, '--passphrase-file', PASSPHRASE_FILE];
  await runCli([...place, ...args], {
    disk,
    now: () => at,
    random: seededRandom(`home of ${stateSize(disk)} entries`),
    argon2: plainArgon2,
    system: QUIET,
    selfTest: async () => undefined,
    terminal: {
      ...SILENT,
      note: (line) => notes.push(line),
    },
  });
  return notes.join('\n');
}

/** Gives one input to the home on this disk, as an officer would. */
export async function give(disk: MemoryDisk, input: Input, at: number = NOW): Promise<Answer> {
  disk.replace(FILE, input.file);
  disk.remove(OUT);
  const notes = await runIn(disk, [input.command, ...argumentsOf(input)], at);
  const output = disk.files.get(OUT) ?? null;
  disk.remove(OUT);
  disk.remove(FILE);
  return { output, code: /refused \((\w+)\)/.exec(notes)?.[1] ?? '' };
}

function stateSize(disk: MemoryDisk): number {
  return disk.list(recordPath(HOME)).length;
}

/** Everything that later answers depend on: all files of the home but the log of refusals. */
export function contentsOf(disk: MemoryDisk): ReadonlyMap<string, string> {
  const files = [...disk.files].filter(
    ([path]) => path.startsWith(`${HOME}/`) && !path.endsWith('/refusals.log'),
  );
  return new Map(
    files
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')]),
  );
}
