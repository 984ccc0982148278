/** Tangle, ledger, milestones and faucet put together: every change is recorded, then applied. */
import { attachBundleSync, SUPPLY } from '@airlock/protocol';
import { Bundles } from './bundles.ts';
import { DevNodeError } from './error.ts';
import { Faucet, faucetAddress } from './faucet.ts';
import { Ledger } from './ledger.ts';
import { type Milestone, makeMilestone, NO_MILESTONE } from './milestones.ts';
import type { Change, StateLog } from './state-file.ts';
import { type StoredTransaction, Tangle } from './tangle.ts';
import { selectMilestoneTips } from './tip-selection.ts';

export interface NodeCore {
  readonly minWeightMagnitude: number;
  readonly tangle: Tangle;
  readonly bundles: Bundles;
  readonly ledger: Ledger;
  /** Milliseconds. */
  now(): number;
  milestone(): Milestone;
  /** Stores what is new of a change, on disk first. */
  record(change: Change): void;
  issueMilestone(): Milestone;
  pay(payment: { readonly address: string; readonly amount: bigint }): {
    bundle: string;
    tail: string;
  };
  /** Ends proof of work that is under way; `interruptions` counts. */
  interrupt(): void;
  interruptions(): number;
}

/** @throws DevNodeError state_corrupt if a milestone does not follow from what precedes it */
function replay(change: Change, apply: (change: Change) => void): void {
  try {
    apply(change);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new DevNodeError('state_corrupt', `state does not add up: ${cause.message}`, { cause });
  }
}

/** Replays the log; a node without a past issues its first milestone at once. */
export function createNodeCore(options: {
  readonly minWeightMagnitude: number;
  readonly now: () => number;
  readonly log: StateLog;
}): NodeCore {
  const { minWeightMagnitude, now, log } = options;
  const tangle = new Tangle();
  const bundles = new Bundles(tangle);
  const ledger = new Ledger({ tangle, bundles, genesis: new Map([[faucetAddress(0), SUPPLY]]) });
  const faucet = new Faucet({ bundles, ledger });
  let latest = NO_MILESTONE;
  let interruptions = 0;

  const apply = ({ transactions, milestone }: Change): void => {
    const stored = transactions.map((transaction) => tangle.add(transaction));
    faucet.observe(stored.filter((item): item is StoredTransaction => item !== null));
    if (milestone === undefined) return;
    ledger.confirm(milestone.hash, milestone.index);
    latest = milestone;
  };
  const record = (change: Change): void => {
    const transactions = change.transactions.filter(({ hash }) => !tangle.has(hash));
    if (transactions.length === 0) return;
    log.append({ ...change, transactions });
    apply({ ...change, transactions });
  };
  const issueMilestone = (): Milestone => {
    const tips = selectMilestoneTips({ tangle, ledger });
    record(makeMilestone({ previous: latest, tips, minWeightMagnitude, now }));
    return latest;
  };
  const pay: NodeCore['pay'] = (payment) => {
    const timestamp = Math.floor(now() / 1000);
    const { transactions, approve } = faucet.pay({ ...payment, timestamp });
    // Approving no stranger's transactions, a payment cannot get stuck behind their conflict.
    const branch = approve ?? latest.hash;
    const attached = attachBundleSync(transactions, {
      trunk: latest.hash,
      branch,
      minWeightMagnitude,
      now,
    });
    record({ transactions: attached });
    const tail = attached.at(-1);
    return { bundle: tail?.transaction.bundle ?? '', tail: tail?.hash ?? '' };
  };

  for (const change of log.recorded) replay(change, apply);
  if (latest.index === 0) issueMilestone();
  return {
    minWeightMagnitude,
    tangle,
    bundles,
    ledger,
    now,
    milestone: () => latest,
    record,
    issueMilestone,
    pay,
    interrupt: () => {
      interruptions += 1;
    },
    interruptions: () => interruptions,
  };
}
