/** Many runs, so many at a time, and what they covered. */
import { type RunReport, runOnce } from './run.ts';

export interface Tally {
  readonly runs: number;
  /** Kills by their kind. */
  readonly kills: Readonly<Record<string, number>>;
  /** Operations by how they ended, as "createTransfer done". */
  readonly operations: Readonly<Record<string, number>>;
  readonly violations: readonly { readonly seed: number; readonly text: string }[];
}

type Counts = Readonly<Record<string, number>>;

function addCounts(counts: Counts, more: Counts): Counts {
  const sum = { ...counts };
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

function add(tally: Tally, { seed, kills, operations, violations }: RunReport): Tally {
  const killed = kills.reduce<Counts>((counts, kill) => addCounts(counts, { [kill]: 1 }), {});
  return {
    runs: tally.runs + 1,
    kills: addCounts(tally.kills, killed),
    operations: addCounts(tally.operations, operations),
    violations: [...tally.violations, ...violations.map((text) => ({ seed, text }))],
  };
}

export interface CampaignOptions {
  readonly first: number;
  readonly runs: number;
  /** Runs at a time. */
  readonly workers: number;
  /** The built coordinator. */
  readonly file: string;
  /** Ends with the first violation whose text is such. */
  readonly until?: (text: string) => boolean;
  readonly onRun?: (done: number) => void;
}

/** Runs the seeds from `first` on. */
export async function runCampaign(options: CampaignOptions): Promise<Tally> {
  const { first, runs, workers, file, until = () => false, onRun = () => undefined } = options;
  let tally: Tally = { runs: 0, kills: {}, operations: {}, violations: [] };
  let next = first;
  const work = async (): Promise<void> => {
    while (next < first + runs && !tally.violations.some(({ text }) => until(text))) {
      const seed = next;
      next += 1;
      const report = await runOnce(seed, file);
      tally = add(tally, report);
      onRun(tally.runs);
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return tally;
}
