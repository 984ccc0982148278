/**
 * `move-out` and `move-in`: a keyring goes to another machine. The old home's last entry says so, and
 * it signs nothing from then on; the new home's first entry begins the next epoch.
 */
import { join } from 'node:path';
import { INSTALLATION_BYTES, type RecordEvent } from '@airlock/gap';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';
import {
  assertHolder,
  type OpenHome,
  readHomeHeader,
  recordPath,
  requestsFolder,
  secretPath,
  withOpenHome,
} from '../home.ts';
import { withLock } from '../lock.ts';
import { assertNewHome, buildHome } from '../new-home.ts';
import { readPassphrase } from '../passphrase.ts';
import { appendEntry, copyRecord } from '../record-store.ts';
import { practiceBanner } from '../screen.ts';
import { assertOutside, writeGapFile } from './files.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface MoveOutOptions extends CommonOptions {
  /** Folder that is written: a stick's, usually. */
  readonly out: string;
}

export interface MoveInOptions extends CommonOptions {
  /** Folder that `move-out` wrote. */
  readonly from: string;
}

/** In the folder that was moved: it has been taken over, by the installation it names. */
const CLAIM = 'moved-in';

function append(environment: Environment, home: OpenHome, event: RecordEvent): OpenHome {
  const record = appendEntry({
    disk: environment.disk,
    folder: recordPath(home.path),
    loaded: home.record,
    at: environment.now(),
    event,
    addresses: [],
    identity: home.identity,
  });
  return { ...home, record };
}

/** Hands over, once; what was handed over may be written out again. */
function handOver(environment: Environment, home: OpenHome): OpenHome {
  const { epoch, standing } = home.record.state;
  if (standing === 'moved-out') return home;
  return append(environment, home, { kind: 'moved-out', epoch: epoch + 1 });
}

export async function moveOut(
  environment: Environment,
  options: MoveOutOptions,
): Promise<CommandResult> {
  const { disk } = environment;
  const { home: path, out } = options;
  assertOutside(out, path);
  const passphrase = await readPassphrase(environment, options.passphraseFile);
  return withLock(disk, path, () =>
    withOpenHome(environment, { path, passphrase }, async (home) => {
      if (home.isRecovered) assertHolder(home);
      // The stick is written to before anything is recorded: it may be full, or not there.
      for (const folder of [out, recordPath(out)])
        if (!disk.exists(folder)) disk.makeFolder(folder);
      writeGapFile(environment, secretPath(out), home.sealed);
      const { header, record } = handOver(environment, home);
      copyRecord(disk, recordPath(path), (name, frame) =>
        writeGapFile(environment, join(recordPath(out), name), frame),
      );
      const { head, epoch } = record.state;
      return {
        lines: [
          ...practiceBanner(header),
          `Keyring ${header.keyring.id} is handed over with entry ${head.number}: this home signs nothing any more.`,
          `Take ${out} to the new machine and run "move-in" there, then destroy this home and the folder.`,
        ],
        json: {
          folder: out,
          keyringId: header.keyring.id,
          head,
          epoch: epoch + 1,
          practice: header.keyring.practice,
        },
      };
    }),
  );
}

/** Safe failure: a folder that was claimed and not taken over is healed by `recover` and `resume`. */
function claim({ disk, random }: Environment, from: string): Uint8Array {
  const installation = random(INSTALLATION_BYTES);
  if (
    disk.deliver(join(from, CLAIM), Buffer.from(`${Buffer.from(installation).toString('hex')}\n`))
  ) {
    return installation;
  }
  throw new SignerError('already_moved_in', `${from} was taken over before`, {
    next: 'use the home that was made then; if that is lost, "recover" from this folder and "resume"',
  });
}

async function takeOver(
  environment: Environment,
  { folder, from, passphrase }: { folder: string; from: string; passphrase: Uint8Array },
): Promise<OpenHome> {
  return withOpenHome(environment, { path: folder, passphrase }, async (home) => {
    const { standing, epoch } = home.record.state;
    if (standing !== 'moved-out') {
      throw new SignerError(
        'not_moved_out',
        `${from} is a copy of a home that was not handed over`,
        {
          next: 'run "move-out" on the old machine; if that is lost, "recover" from this copy and "resume"',
        },
      );
    }
    const installation = claim(environment, from);
    return append(environment, home, { kind: 'moved-in', epoch: epoch + 1, installation });
  });
}

export async function moveIn(
  environment: Environment,
  options: MoveInOptions,
): Promise<CommandResult> {
  const { disk } = environment;
  const { home: path, from } = options;
  assertNewHome(disk, path);
  const { sealed } = readHomeHeader(disk, from);
  const passphrase = await readPassphrase(environment, options.passphraseFile);
  const { header, record } = await buildHome(environment, path, async (folder) => {
    for (const each of [folder, requestsFolder(folder), recordPath(folder)]) disk.makeFolder(each);
    disk.replace(secretPath(folder), sealed);
    copyRecord(disk, recordPath(from), (name, frame) =>
      disk.create(join(recordPath(folder), name), frame),
    );
    return takeOver(environment, { folder, from, passphrase });
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
