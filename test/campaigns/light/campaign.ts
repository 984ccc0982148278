/** All of `npm run bench:qr`: the table of delivery, and every goal from Q1 to Q12. */
import {
  judgeCapacity,
  judgeTerminal,
  judgeTimes,
  longCounts,
  MEASURED_VERSIONS,
  SHOTS,
  type Stopwatch,
  timeCodes,
} from './codes.ts';
import { type Cell, type CellResult, manySenders, runCell, type Senders } from './delivery.ts';
import {
  judgeBlackouts,
  judgeLongMessage,
  judgeLosses,
  judgeSequential,
  judgeStarts,
} from './delivery-goals.ts';
import { judgeForgeries } from './forgery.ts';
import { judgeInteroperation } from './interoperation.ts';
import { judgeCaps, judgeTyping, measureMemory } from './lines-and-caps.ts';
import { interleave, judgeInterleaving } from './strangers.ts';
import type { Verdict } from './verdict.ts';
import type { PeerReader } from './zxing.ts';

/** Parts of a message, K: 13 kB at versions 27 (13) and 20 (23), 52 kB at version 20 (89). */
export const COUNTS: readonly number[] = [8, 17, 23, 33, 66, 89];
const LOSSES: readonly number[] = [0, 0.1, 0.3, 0.5];
const INTEROPERATION_COUNTS: readonly number[] = [2, 9, 23, 33, 89];

/** What is mixed depends on K and checksum: trials share the frames of so many messages. */
const MESSAGES = 20;
const LONG_MESSAGES = 5;
/** Q6's goal is for a hundred times the other trials. */
const INTERLEAVING_SHARE = 100;
/** Real frames instead of simulated ones: one trial in so many. */
const REAL_SHARE = 5;

export interface CampaignOptions {
  readonly trials: number;
  readonly seed: number;
  readonly stopwatch: Stopwatch;
  readonly peer: PeerReader | null;
  readonly collect: (() => void) | undefined;
  readonly note: (text: string) => void;
}

export interface CampaignResult {
  readonly cells: readonly CellResult[];
  readonly verdicts: readonly Verdict[];
}

function cellsOf(count: number): Cell[] {
  return [false, true].flatMap((isLate) => LOSSES.map((loss) => ({ count, loss, isLate })));
}

interface Table {
  readonly cells: CellResult[];
  readonly senders: Senders[];
}

function runTable(
  counts: readonly number[],
  messages: number,
  { trials, seed, note }: Pick<CampaignOptions, 'trials' | 'seed' | 'note'>,
): Table {
  const table: Table = { cells: [], senders: [] };
  for (const count of counts) {
    note(`K = ${count}: choosing frames`);
    const senders = manySenders(count, { messages, seed });
    table.senders.push(...senders);
    for (const cell of cellsOf(count)) {
      note(`K = ${count}: ${100 * cell.loss} % lost, ${cell.isLate ? 'late' : 'from the first'}`);
      table.cells.push(runCell(cell, { senders, trials, seed }));
    }
  }
  return table;
}

/** Q2 to Q5, and the table. */
function runDelivery(options: CampaignOptions): CampaignResult {
  const { trials, seed, note } = options;
  const short = runTable(COUNTS, MESSAGES, options);
  const long = runTable(longCounts(), LONG_MESSAGES, options);
  const sampling = { trials, seed };
  note('every start');
  // Of the long messages one each: there are a thousand starts and more.
  const firsts = long.senders.filter((_, i) => i % LONG_MESSAGES === 0);
  const starts = judgeStarts([...short.senders, ...firsts]);
  note('sequential senders');
  const sequential = judgeSequential(COUNTS, sampling);
  note('bursts and blackouts');
  const blackouts = { trials: COUNTS.length * trials, seed };
  return {
    cells: [...short.cells, ...long.cells],
    verdicts: [
      ...judgeLosses(short.cells),
      starts,
      ...sequential,
      ...judgeLongMessage(short.cells, sampling),
      ...judgeBlackouts(short.senders, blackouts),
    ],
  };
}

function runStrangers({ trials, seed, note }: CampaignOptions): Verdict[] {
  const all = INTERLEAVING_SHARE * trials;
  const step = Math.max(1, Math.floor(all / 20));
  const interleaving = interleave({ trials: all, seed }, (done) => {
    if (done % step === 0) note(`two transfers: ${done} of ${all}`);
  });
  note('forgeries');
  const sampling = { trials: Math.ceil(trials / REAL_SHARE), seed };
  return [judgeInterleaving(interleaving), ...judgeForgeries(sampling)];
}

async function runTimes(options: CampaignOptions): Promise<Verdict[]> {
  const times = [];
  const shots = [...SHOTS.slice(0, 1), ...SHOTS, ...SHOTS];
  for (const version of MEASURED_VERSIONS) {
    options.note(`version ${version}: photographs`);
    times.push(await timeCodes(version, { ...options, shots }));
  }
  return judgeTimes(times);
}

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const { trials, seed, note, collect } = options;
  // First, while little else is in memory.
  note('memory');
  const caps = judgeCaps(measureMemory(collect));
  const times = await runTimes(options);
  const { cells, verdicts } = runDelivery(options);
  const strangers = runStrangers(options);
  note('other readers');
  const interoperation = judgeInteroperation(INTEROPERATION_COUNTS, seed);
  const typing = judgeTyping({ trials: Math.ceil(trials / REAL_SHARE), seed });
  return {
    cells,
    verdicts: [
      judgeCapacity(),
      ...verdicts,
      ...strangers,
      ...interoperation,
      ...times,
      judgeTerminal(),
      typing,
      ...caps,
    ],
  };
}
