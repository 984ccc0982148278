/**
 * `recover`: a home rebuilt from a backup or from what is left of a home. It derives and verifies; it
 * signs nothing, since a backup has forgotten what was signed after it was made.
 */
import { join } from 'node:path';
import {
  GapError,
  type MessageType,
  openEnvelope,
  openSigningResponse,
  openVoidReceipt,
  readEntry,
  type SealedEntry,
} from '@airlock/gap';
import { copyAlone, openAlone } from '../alone-store.ts';
import { isSystemError } from '../disk.ts';
import type { Environment } from '../environment.ts';
import { copyMissing, SignerError } from '../error.ts';
import {
  readHomeHeader,
  readPassphraseOf,
  recordPath,
  recoveredPath,
  requestsFolder,
  secretPath,
  withOpenHome,
} from '../home.ts';
import { assertNewHome, buildHome } from '../new-home.ts';
import { type FoundEntry, salvageRecord, writeEntries } from '../record-store.ts';
import { practiceBanner } from '../screen.ts';
import { byNumber } from '../union.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface RecoverOptions extends CommonOptions {
  /** A folder that is or was a home. */
  readonly from: string;
}

const ANSWER_NAME = /^\d{8}\.(response|alone)$/;
const ANSWER_BYTES_MAX = 4 * 1024 * 1024;

/** Why a kept file gives nothing: it is damaged, or its disk is. */
const isUnsound = (cause: unknown): boolean =>
  cause instanceof GapError || cause instanceof SignerError || isSystemError(cause);

/**
 * Entries that stand in the answers which a home keeps: they may be missing from its record, and what
 * they say has left the house. Those that issue addresses lack the addresses here.
 */
function entriesOfAnswers(
  { disk }: Environment,
  home: string,
  publicKey: Uint8Array,
): { readonly entries: readonly FoundEntry[]; readonly damaged: readonly string[] } {
  const open: Partial<Record<MessageType, typeof openSigningResponse | typeof openVoidReceipt>> = {
    'signing-response': openSigningResponse,
    'void-receipt': openVoidReceipt,
  };
  const entriesIn = (name: string, bytes: Uint8Array): readonly SealedEntry[] =>
    name.endsWith('.alone')
      ? [openAlone(bytes).entry]
      : (open[openEnvelope(bytes).type]?.(bytes, publicKey).entries ?? []);
  const entries: FoundEntry[] = [];
  const damaged: string[] = [];
  for (const name of disk.list(requestsFolder(home)).filter((each) => ANSWER_NAME.test(each))) {
    try {
      const bytes = disk.read(join(requestsFolder(home), name), ANSWER_BYTES_MAX);
      if (bytes === null) continue;
      for (const sealed of entriesIn(name, bytes)) {
        const entry = readEntry(sealed, publicKey);
        if (entry.event.kind !== 'issued') entries.push({ entry, sealed, addresses: [] });
      }
    } catch (cause) {
      if (!isUnsound(cause)) throw cause;
      damaged.push(name);
    }
  }
  return { entries, damaged };
}

export async function recover(
  environment: Environment,
  options: RecoverOptions,
): Promise<CommandResult> {
  const { disk } = environment;
  const { home: path, from } = options;
  assertNewHome(disk, path);
  const { sealed, header } = readHomeHeader(disk, from, copyMissing);
  const salvaged = [recordPath(from), recoveredPath(from)].map((folder) =>
    salvageRecord(disk, folder, header.publicKey),
  );
  const answers = entriesOfAnswers(environment, from, header.publicKey);
  // What stands in the record comes first: it has the addresses of what was issued.
  const entries = [...salvaged.flatMap((each) => each.entries), ...answers.entries];
  const damaged = new Set([
    ...salvaged.flatMap((each) => each.damaged.map((name) => join('record', name))),
    ...answers.damaged.map((name) => join('requests', name)),
  ]);
  byNumber(entries.map((each) => ({ ...each, source: from })));
  const passphrase = await readPassphraseOf(environment, { ...options, home: from });
  const { number } = await buildHome(environment, path, async (folder) => {
    for (const each of [folder, requestsFolder(folder), recoveredPath(folder)]) {
      disk.makeFolder(each);
    }
    disk.replace(secretPath(folder), sealed);
    writeEntries(disk, recoveredPath(folder), entries);
    copyAlone(disk, from, {
      copy: (name, file) => disk.create(join(requestsFolder(folder), name), file),
      passOver: (name, cause) => {
        if (!isUnsound(cause)) throw cause;
        damaged.add(join('requests', name));
      },
    });
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
      ...[...damaged].map((name) => `${join(from, name)} is damaged, and was left out.`),
      'It derives and verifies ("verify"), but signs nothing: what was signed since is not in it.',
      'To sign again, give "resume" every file that was kept: the coordinator\'s record first.',
    ],
    json: {
      home: path,
      keyringId: header.keyring.id,
      head: number,
      entries: new Set(entries.map(({ entry }) => entry.number)).size,
      damaged: [...damaged],
      practice: header.keyring.practice,
    },
  };
}
