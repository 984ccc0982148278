/**
 * Faults that the campaign has to find: each is a replacement in the signer's source, made while the
 * campaign is bundled around it.
 */
import { join } from 'node:path';
import { bundlePlanted, type Change, folderOf } from '../planted.ts';
import type { Tally } from './campaign.ts';
import { runNode } from './run-node.ts';

export interface Fault {
  readonly name: string;
  readonly changes: readonly Change[];
  /** Part of what the campaign says when it finds it. */
  readonly shows: string;
  /** Whether a few histories find it: `npm test` then plants it too. */
  readonly isQuick?: true;
}

export interface FaultResult {
  readonly name: string;
  /** Runs that it took to find it, or null. */
  readonly runs: number | null;
  readonly example: string | null;
}

/** Without it a response that has no entry to carry is not written, and what is wrong with it not seen. */
const ANSWERS_WITHOUT_ENTRIES: Change = {
  file: 'sign.ts',
  from: 'record.state.entries.slice(request.expectedHead.number, entryNumber)',
  to: 'record.state.entries.slice(Math.min(request.expectedHead.number, entryNumber - 1), entryNumber)',
};

export const FAULTS: readonly Fault[] = [
  {
    name: "the folder's fsync is skipped",
    changes: [
      {
        file: 'disk.ts',
        from: 'const folder = fs.open(path);\n  try {\n    fs.sync(folder);',
        to: 'const folder = fs.open(path);\n  try {',
      },
    ],
    shows: 'before its entry was durable',
    isQuick: true,
  },
  {
    name: "the file's fsync is skipped",
    changes: [
      {
        file: 'disk.ts',
        from: 'writeAll(fs, file, bytes);\n    fs.sync(file);\n  } catch (cause) {',
        to: 'writeAll(fs, file, bytes);\n  } catch (cause) {',
      },
    ],
    shows: 'record_damaged',
  },
  {
    name: 'what a crashed process has named is not synced before it is trusted',
    changes: [
      {
        file: 'home.ts',
        from: 'if (disk.exists(recordPath(path))) disk.syncFolder(recordPath(path));',
        to: '',
      },
    ],
    shows: 'before its entry was durable',
  },
  {
    name: 'a failed fsync is passed over',
    changes: [
      {
        file: 'disk.ts',
        from: 'fs.sync(folder);',
        to: 'try { fs.sync(folder); } catch (cause) { if (!isCode(cause, "EIO")) throw cause; }',
      },
    ],
    shows: 'EIO at fsync',
  },
  {
    name: 'signed and stored before the entry is written',
    changes: [
      {
        file: 'record-store.ts',
        from: `if (!disk.create(join(folder, nameOf(head.number + 1)), frame)) throw moved();
  const written = loadRecord(disk, folder, identity.publicKey);`,
        to: `const name = nameOf(head.number + 1);
  queueMicrotask(() => { try { disk.create(join(folder, name), frame); } catch {} });
  const written = loadRecord({
    ...disk,
    list: (path) => [...disk.list(path), ...(path === folder ? [name] : [])],
    read: (path, max) => (path === join(folder, name) ? frame : disk.read(path, max)),
  }, folder, identity.publicKey);`,
      },
    ],
    shows: 'a signature was written before its entry was durable',
    isQuick: true,
  },
  {
    name: 'the map of signed keys goes by address, that is by UUID and level',
    changes: [
      {
        file: 'bundle-rules.ts',
        imports: "import { uuidCommitment } from '@airlock/gap';",
        from: 'const signed = signedHashOf(state, uuid);\n  if (signed !== null && signed !== hash) {',
        to: `const known = state.signedKeys.get(uuidCommitment(uuid));
  const signed = known?.securityLevel === securityLevel ? known.bundleHash : null;
  if (signed !== null && signed !== hash) {`,
      },
    ],
    shows: 'a key signed two hashes',
    isQuick: true,
  },
  {
    name: 'the head is ignored when it lies ahead',
    changes: [
      {
        file: 'heads.ts',
        from: 'if (number > head.number) {',
        to: 'if (number > head.number) return;\n  if (number > head.number) {',
      },
      ANSWERS_WITHOUT_ENTRIES,
    ],
    shows: 'is behind the request',
  },
  {
    name: 'the head is ignored when it lies on another chain',
    changes: [
      {
        file: 'heads.ts',
        from: 'if (state.hashes[number] !== hash) {',
        to: 'if (number < 0) {',
      },
    ],
    shows: 'head of another record was accepted',
    isQuick: true,
  },
  {
    name: 'a batch is released without its entry',
    changes: [
      {
        file: 'commands/addresses.ts',
        from: '  appendEntry({\n    disk: environment.disk,',
        to: '  void ({\n    disk: environment.disk,',
      },
    ],
    shows: 'before its entry was durable',
  },
  {
    name: 'own outputs need not be issued',
    changes: [
      {
        file: 'review.ts',
        from: "if (issued === undefined) {\n    refuse('own_output_not_issued'",
        to: "if (issued === undefined) return;\n  if (issued === undefined) {\n    refuse('own_output_not_issued'",
      },
    ],
    shows: 'own output to a key that was never issued',
  },
  {
    name: 'keys that signed are forgotten',
    changes: [
      {
        file: 'record-state.ts',
        from: 'return state.signedKeys.get(uuidCommitment(uuid))?.bundleHash ?? null;',
        to: 'return null;',
      },
    ],
    shows: 'a key signed two hashes',
    isQuick: true,
  },
  {
    name: 'a request noted by a crashed command counts as recorded when it is repeated',
    changes: [
      {
        file: 'sign.ts',
        imports: "import { requestsFolder, storedPaths } from './home.ts';",
        from: 'const answered = home.record.state.requests.get(request.sequence) ?? null;',
        to: `const { number } = home.record.state.head;
    const noted = storedPaths(home.path, number + 1).request;
    const isNoted = disk.exists(noted);
    disk.makeFolder(requestsFolder(home.path));
    disk.replace(noted, requestFile);
    const answered = isNoted ? { entryNumber: number } : (home.record.state.requests.get(request.sequence) ?? null);`,
      },
      ANSWERS_WITHOUT_ENTRIES,
    ],
    shows: 'before its entry was durable',
  },
  {
    name: 'the plan of a spend is not kept before its entry',
    changes: [
      {
        file: 'sign-alone.ts',
        from: 'if (known === undefined) keepPlan(',
        to: 'if (known !== undefined) keepPlan(',
      },
    ],
    shows: 'spend ended with 3 key_already_signed',
  },
  {
    name: 'a seed is shown before its entry is written',
    changes: [
      {
        file: 'commands/surrender.ts',
        from: 'const recorded = recordSurrender(environment, ready, key);',
        to: 'await show(environment, seed, key);\n    const recorded = recordSurrender(environment, ready, key);',
      },
    ],
    shows: 'a seed was shown before its entry was durable',
    isQuick: true,
  },
  {
    name: 'keys that were given away are forgotten',
    changes: [
      {
        file: 'record-state.ts',
        from: 'return state.surrendered.has(uuidCommitment(uuid));',
        to: 'return state.surrendered.has(uuid);',
      },
    ],
    shows: 'whose seed was shown',
  },
  {
    name: 'a repeated request gets an entry of its own',
    changes: [
      {
        file: 'sign.ts',
        from: 'answered === null ?',
        to: 'answered === null || answered.entryNumber > 0 ?',
      },
    ],
    shows: 'moved the head',
  },
];

/** Runs the campaign with this fault until it is found or `runs` are spent. */
export async function findFault(fault: Fault, runs: number): Promise<FaultResult> {
  const bundle = join(folderOf('signer', fault.name), 'campaign-crash.mjs');
  const entry = 'scripts/campaign-crash.ts';
  await bundlePlanted('signer', fault.changes, { entry, outfile: bundle });
  const args = ['--only', 'simulated', '--stop-at-first', '--json', '--runs', String(runs)];
  const { stdout, stderr } = await runNode([bundle, ...args]);
  if (stdout === '') throw new RangeError(`the campaign with "${fault.name}" ended: ${stderr}`);
  const tally = JSON.parse(stdout) as Tally;
  // A fault that only breaks the program was not found by what the campaign looks for.
  const first = tally.violations.find(({ text }) => !text.startsWith('defect'));
  return {
    name: fault.name,
    runs: first === undefined ? null : tally.runs,
    example: first?.text ?? null,
  };
}
