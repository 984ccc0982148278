/**
 * `move-out` and `move-in`: a keyring goes to another machine. The old home's last entry says so, and
 * it signs nothing from then on; the new home's first entry begins the next epoch.
 */
import { join } from 'node:path';
import { INSTALLATION_BYTES } from '@airlock/gap';
import { copyAlone } from '../alone-store.ts';
import { assertOutside, writeGapFile } from '../crossing/files.ts';
import type { Environment } from '../environment.ts';
import { copyMissing, SignerError } from '../error.ts';
import {
  assertHolder,
  type OpenHome,
  readHomeHeader,
  readPassphraseOf,
  recordEvent,
  recordPath,
  requestsFolder,
  secretPath,
  withLockedHome,
  withOpenHome,
} from '../home.ts';
import { assertLogged, type LogEnd } from '../log.ts';
import { assertNewHome, buildHome } from '../new-home.ts';
import { countAlone } from '../record-state.ts';
import { copyRecord } from '../record-store.ts';
import { practiceBanner } from '../screen.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface MoveOutOptions extends CommonOptions {
  /** Folder that is written: a stick's, usually. */
  readonly out: string;
  /** Whether a home that was handed over may be written out once more. */
  readonly again: boolean;
}

/** The end of the officers' log: another home may have taken over and signed since. */
export interface MoveInOptions extends CommonOptions, LogEnd {
  /** Folder that `move-out` wrote. */
  readonly from: string;
}

/** In a folder that is whole: what was handed over is in it. */
const HANDED_OVER = 'handed-over';
/** In a folder that was taken over, by the installation it names. */
const CLAIM = 'moved-in';

/**
 * Hands over, once. What was handed over is written out again only on demand: two folders could become
 * two homes.
 */
function handOver(environment: Environment, home: OpenHome, again: boolean): OpenHome {
  const { epoch, standing } = home.record.state;
  if (standing === 'holder')
    return recordEvent(environment, home, { kind: 'moved-out', epoch: epoch + 1 });
  if (again) return home;
  throw new SignerError('home_moved_out', `${home.path} was handed over before`, {
    next: 'only if the folder written then is destroyed, and no home was ever made of it: repeat the command with --again',
  });
}

/** The stick is looked at before anything is recorded: it may be full, not there, or one of before. */
function prepareFolder({ disk }: Environment, out: string): void {
  if (disk.exists(join(out, CLAIM))) {
    throw new SignerError('file_exists', `a home was made of what is in ${out}`, {
      next: 'name another folder; destroy that one',
    });
  }
  for (const folder of [out, recordPath(out), requestsFolder(out)]) disk.makeFolder(folder);
}

export async function moveOut(
  environment: Environment,
  options: MoveOutOptions,
): Promise<CommandResult> {
  const { disk } = environment;
  const { home: path, out, again } = options;
  assertOutside(out, path);
  const passphrase = await readPassphraseOf(environment, options);
  return withLockedHome(environment, { path, passphrase }, async (home) => {
    if (home.isRecovered) assertHolder(home);
    prepareFolder(environment, out);
    writeGapFile(environment, secretPath(out), home.sealed);
    const { header, record } = handOver(environment, home, again);
    copyRecord(disk, recordPath(path), (name, frame) =>
      writeGapFile(environment, join(recordPath(out), name), frame),
    );
    copyAlone(disk, path, {
      copy: (name, file) => writeGapFile(environment, join(requestsFolder(out), name), file),
    });
    const { head, epoch, lastSequence } = record.state;
    const lastAlone = countAlone(record.state);
    writeGapFile(environment, join(out, HANDED_OVER), Buffer.from(`${head.hash}\n`));
    return {
      lines: [
        ...practiceBanner(header),
        `Keyring ${header.keyring.id} is handed over with entry ${head.number}: this home signs nothing any more.`,
        `For your log: handed over with entry ${head.number}, last sequence ${lastSequence}, last alone ${lastAlone}.`,
        `Take ${out} to the new machine and run "move-in" there, then destroy this home and the folder.`,
      ],
      json: {
        folder: out,
        keyringId: header.keyring.id,
        head,
        lastSequence,
        lastAlone,
        epoch: epoch + 1,
        practice: header.keyring.practice,
      },
    };
  });
}

/** Safe failure: a folder that was claimed and not taken over is healed by `recover` and `resume`. */
function claim({ disk, random }: Environment, from: string): Uint8Array {
  const installation = random(INSTALLATION_BYTES);
  const name = Buffer.from(`${Buffer.from(installation).toString('hex')}\n`);
  if (disk.claim(join(from, CLAIM), name)) return installation;
  throw new SignerError('already_moved_in', `${from} was taken over before`, {
    next: 'use the home that was made then; if that is lost, "recover" from this folder and "resume"',
  });
}

function notMovedOut(message: string): SignerError {
  return new SignerError('not_moved_out', message, {
    next: 'run "move-out" on the old machine; if that is lost, "recover" from this copy and "resume"',
  });
}

async function takeOver(
  environment: Environment,
  { folder, passphrase }: { folder: string; passphrase: Uint8Array },
  { from, lastSequence, lastAlone }: MoveInOptions,
): Promise<OpenHome> {
  return withOpenHome(environment, { path: folder, passphrase }, async (home) => {
    const { state } = home.record;
    const { standing, epoch } = state;
    if (standing !== 'moved-out') throw notMovedOut(`the record in ${from} was not handed over`);
    assertLogged({
      recorded: { lastSequence: state.lastSequence, lastAlone: countAlone(state) },
      logged: { lastSequence, lastAlone },
    });
    const installation = claim(environment, from);
    return recordEvent(environment, home, { kind: 'moved-in', epoch: epoch + 1, installation });
  });
}

export async function moveIn(
  environment: Environment,
  options: MoveInOptions,
): Promise<CommandResult> {
  const { disk } = environment;
  const { home: path, from } = options;
  assertNewHome(disk, path);
  const { sealed } = readHomeHeader(disk, from, copyMissing);
  if (!disk.exists(join(from, HANDED_OVER))) {
    throw notMovedOut(`${from} is no folder that "move-out" has written to its end`);
  }
  const passphrase = await readPassphraseOf(environment, { ...options, home: from });
  const { header, record } = await buildHome(environment, path, async (folder) => {
    for (const each of [folder, requestsFolder(folder), recordPath(folder)]) disk.makeFolder(each);
    disk.replace(secretPath(folder), sealed);
    copyRecord(disk, recordPath(from), (name, frame) =>
      disk.create(join(recordPath(folder), name), frame),
    );
    copyAlone(disk, from, {
      copy: (name, file) => disk.create(join(requestsFolder(folder), name), file),
    });
    return takeOver(environment, { folder, passphrase }, options);
  });
  const { head, epoch } = record.state;
  return {
    lines: [
      ...practiceBanner(header),
      `Keyring ${header.keyring.id} is held by ${path} from entry ${head.number} on (epoch ${epoch}).`,
      `Destroy ${from} and the old home now.`,
    ],
    json: {
      home: path,
      keyringId: header.keyring.id,
      head,
      epoch,
      practice: header.keyring.practice,
    },
  };
}
