/** Many histories in a row, and what they covered. */
import { History, type RunReport } from './history.ts';

export interface Tally {
  readonly runs: number;
  readonly keysSigned: number;
  /** Crashes by what happened and where, as "power after link". */
  readonly crashes: Readonly<Record<string, number>>;
  /** Commands by how they ended, as "sign 0" or "sign key_already_signed". */
  readonly commands: Readonly<Record<string, number>>;
  readonly violations: readonly { readonly seed: number; readonly text: string }[];
}

export const EMPTY_TALLY: Tally = {
  runs: 0,
  keysSigned: 0,
  crashes: {},
  commands: {},
  violations: [],
};

function addCounts(
  counts: Readonly<Record<string, number>>,
  more: Readonly<Record<string, number>>,
): Record<string, number> {
  const sum = { ...counts };
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}

export function addTallies(first: Tally, second: Tally): Tally {
  return {
    runs: first.runs + second.runs,
    keysSigned: first.keysSigned + second.keysSigned,
    crashes: addCounts(first.crashes, second.crashes),
    commands: addCounts(first.commands, second.commands),
    violations: [...first.violations, ...second.violations],
  };
}

const countsOf = (names: readonly string[]): Record<string, number> =>
  names.reduce((counts, name) => addCounts(counts, { [name]: 1 }), {});

export function tallyOf(report: RunReport): Tally {
  const { seed, violations } = report;
  return {
    runs: 1,
    keysSigned: report.keysSigned,
    crashes: countsOf(report.crashes),
    commands: countsOf(report.commands),
    violations: violations.map((text) => ({ seed, text })),
  };
}

/** Runs histories with the seeds from `first` on, up to the first violation if told so. */
export async function runSimulated(options: {
  readonly first: number;
  readonly runs: number;
  readonly stopAtFirst?: boolean;
  readonly onRun?: (done: number) => void;
}): Promise<Tally> {
  let tally = EMPTY_TALLY;
  for (let run = 0; run < options.runs; run += 1) {
    tally = addTallies(tally, tallyOf(await new History(options.first + run).run()));
    options.onRun?.(run + 1);
    if (options.stopAtFirst === true && tally.violations.length > 0) break;
  }
  return tally;
}
