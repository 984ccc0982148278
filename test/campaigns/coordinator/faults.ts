/** Faults that the campaign has to find: each is a replacement in the source of the coordinator it kills. */
import { existsSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { bundlePlanted, type Change, folderOf } from '../planted.ts';
import { type CampaignOptions, runCampaign } from './campaign.ts';

export interface Fault {
  readonly name: string;
  readonly changes: readonly Change[];
  /** What the campaign says when it finds it. */
  readonly shows: RegExp;
  /** Whether a few runs find it: `npm test` then plants it too. */
  readonly isQuick?: true;
}

export interface FaultResult {
  readonly name: string;
  /** Runs that it took to find it, or null. */
  readonly runs: number | null;
  readonly example: string | null;
}

const WRITE =
  'if (this.#poison === null && operations.length > 0) await this.#store.batch(operations);';
const QUEUED = 'this.#waiting.push({ operations, head: this.state.head, settle });';
const ROWS = 'for (const { table, key, row } of draft.merge()) {';

/** Rows of the state that are not written, as JavaScript that tells them. */
const unwritten = (rows: string): Change => ({
  file: 'ledger/ledger.ts',
  from: ROWS,
  to: ROWS.replace('merge()', `merge().filter(({ table, row }) => !(${rows}))`),
});

export const FAULTS: readonly Fault[] = [
  {
    name: 'a batch is dropped, though its commands go on',
    changes: [
      {
        file: 'ledger/ledger.ts',
        from: WRITE,
        to: WRITE.replace('operations.length > 0', 'this.state.head.number % 5 !== 0'),
      },
    ],
    shows: /expected|the store ends|entry \d+ is missing/,
    isQuick: true,
  },
  {
    name: 'a reply leaves before its batch is written',
    changes: [
      {
        file: 'ledger/ledger.ts',
        from: `${QUEUED}\n      void this.#flush();`,
        to: `${QUEUED}\n      void this.#flush();\n      resolve(result);`,
      },
    ],
    shows: /, how often: expected \d+, found \d+|was refused: user_unknown/,
  },
  {
    name: 'effect and stored reply go in two batches',
    changes: [
      {
        file: 'ledger/ledger.ts',
        from: WRITE,
        to: `if (this.#poison === null && operations.length > 0) {
          await this.#store.batch(operations.filter(({ key }) => !key.startsWith('i/')));
          await this.#store.batch(operations.filter(({ key }) => key.startsWith('i/')));
        }`,
      },
    ],
    shows: /, how often: expected \d+, found \d+|not_cancellable/,
  },
  {
    name: 'a repeated call is not recognised',
    changes: [
      {
        file: 'http/idempotency.ts',
        from: 'replayed: this.#replay(key, fingerprint),',
        to: 'replayed: null,',
      },
    ],
    shows: /, how often: expected \d+, found \d+|not_cancellable/,
  },
  {
    name: 'which movements are booked is not kept',
    changes: [unwritten("table === 'movements'")],
    shows: /was booked twice/,
  },
  {
    name: 'who has an address is not kept',
    changes: [unwritten("table === 'addresses' && 'userId' in row && row.userId !== null")],
    shows: /an address was given twice/,
  },
  {
    name: 'history is not kept',
    changes: [
      {
        file: 'ledger/ledger.ts',
        from: 'of draft.history)',
        to: 'of draft.history.slice(1))',
      },
    ],
    shows: /history of/,
  },
];

/** Builds the coordinator with this fault; its file. */
async function buildFaulty({ name, changes }: Fault): Promise<string> {
  const folder = folderOf('coordinator', name);
  const outfile = join(folder, 'coordinator.mjs');
  const entry = 'packages/programs/coordinator/src/main.ts';
  await bundlePlanted('coordinator', changes, { entry, outfile });
  const console = join(folder, 'console');
  if (!existsSync(console)) symlinkSync(join(process.cwd(), 'dist/console'), console);
  return outfile;
}

/** Runs the campaign with this fault until it is found or the runs are spent. */
export async function findFault(
  fault: Fault,
  options: Pick<CampaignOptions, 'first' | 'runs' | 'workers'>,
): Promise<FaultResult> {
  const file = await buildFaulty(fault);
  const tally = await runCampaign({ ...options, file, until: (text) => fault.shows.test(text) });
  const found = tally.violations.find(({ text }) => fault.shows.test(text));
  return {
    name: fault.name,
    runs: found === undefined ? null : tally.runs,
    example: found?.text ?? null,
  };
}
