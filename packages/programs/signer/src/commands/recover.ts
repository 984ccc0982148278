/**
 * `recover`: a home rebuilt from a backup or from what is left of a home. It derives and verifies; it
 * signs nothing, since a backup has forgotten what was signed after it was made.
 */
import { join } from 'node:path';
import type { Environment } from '../environment.ts';
import {
  readHomeHeader,
  recordPath,
  recoveredPath,
  requestsFolder,
  secretPath,
  withOpenHome,
} from '../home.ts';
import { assertNewHome, buildHome } from '../new-home.ts';
import { readPassphrase } from '../passphrase.ts';
import { salvageRecord, writeEntries } from '../record-store.ts';
import { practiceBanner } from '../screen.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface RecoverOptions extends CommonOptions {
  /** A folder that is or was a home. */
  readonly from: string;
}

export async function recover(
  environment: Environment,
  options: RecoverOptions,
): Promise<CommandResult> {
  const { disk } = environment;
  const { home: path, from } = options;
  assertNewHome(disk, path);
  const { sealed, header } = readHomeHeader(disk, from);
  const salvaged = [recordPath(from), recoveredPath(from)].map((folder) =>
    salvageRecord(disk, folder, header.publicKey),
  );
  const entries = salvaged.flatMap((each) => each.entries);
  const damaged = salvaged.flatMap((each) => each.damaged);
  const passphrase = await readPassphrase(environment, options.passphraseFile);
  const { number } = await buildHome(environment, path, async (folder) => {
    for (const each of [folder, requestsFolder(folder), recoveredPath(folder)]) {
      disk.makeFolder(each);
    }
    disk.replace(secretPath(folder), sealed);
    writeEntries(disk, recoveredPath(folder), entries);
    return withOpenHome(
      environment,
      { path: folder, passphrase },
      async (home) => home.record.state.head,
    );
  });
  return {
    lines: [
      ...practiceBanner(header),
      `A home of keyring ${header.keyring.id} is in ${path}, with the record up to entry ${number}.`,
      ...damaged.map(
        (name) => `Entry file ${join(from, 'record', name)} is damaged and was left out.`,
      ),
      'It derives and verifies ("verify"), but signs nothing: what was signed since is not in it.',
      'To sign again, give "resume" every file that was kept: the coordinator\'s record first.',
    ],
    json: {
      home: path,
      keyringId: header.keyring.id,
      head: number,
      entries: entries.length,
      damaged,
      practice: header.keyring.practice,
    },
  };
}
