/**
 * Which transactions to approve next: only tails whose past is consistent, alone and together.
 * First come, first served, in place of IRI's weighted random walk.
 */
import { DevNodeError } from './error.ts';
import { type Cone, createCone, type Ledger } from './ledger.ts';
import { MILESTONE_TIPS_MAX } from './limits.ts';
import type { StoredTransaction, Tangle } from './tangle.ts';

export interface TipSelection {
  readonly tangle: Tangle;
  readonly ledger: Ledger;
}

/** The tails among `tails` that are consistent with those before them, and their common cone. */
function acceptTails(
  { ledger }: TipSelection,
  tails: readonly StoredTransaction[],
): { accepted: StoredTransaction[]; cone: Cone } {
  const cone = createCone();
  const accepted = tails.filter(
    ({ hash }) => cone.visited.has(hash) || ledger.extend(cone, hash) === null,
  );
  return { accepted, cone };
}

/** Those accepted tails that nothing in the cone approves: approving them approves all. */
function findFrontier(
  { tangle }: TipSelection,
  { accepted, cone }: { accepted: readonly StoredTransaction[]; cone: Cone },
): string[] {
  return accepted
    .map(({ hash }) => hash)
    .filter((hash) => !tangle.approvers(hash).some((approver) => cone.visited.has(approver.hash)));
}

/**
 * Tips that together approve every tail that can be confirmed now, oldest first. If they are too
 * many for one milestone, fewer of the oldest tails are taken: each beginning is consistent.
 */
export function selectMilestoneTips(selection: TipSelection): string[] {
  let result = acceptTails(selection, selection.tangle.unconfirmedTails());
  let frontier = findFrontier(selection, result);
  while (frontier.length > MILESTONE_TIPS_MAX) {
    const half = result.accepted.slice(0, Math.ceil(result.accepted.length / 2));
    result = acceptTails(selection, half);
    frontier = findFrontier(selection, result);
  }
  return frontier;
}

/**
 * Trunk and branch for a new bundle; the milestone stands in where there are too few tips. With a
 * reference, the branch is the reference itself.
 * @throws DevNodeError tangle_refused
 */
export function selectTips(
  selection: TipSelection,
  options: { readonly milestone: string; readonly reference?: string | undefined },
): { trunk: string; branch: string } {
  const { tangle, ledger } = selection;
  const { milestone, reference } = options;
  const cone = createCone();
  const chosen: string[] = [];
  if (reference !== undefined) {
    const stored = tangle.get(reference);
    if (stored === undefined) {
      throw new DevNodeError('tangle_refused', 'reference transaction not found');
    }
    if (stored.transaction.currentIndex !== 0 || ledger.extend(cone, reference) !== null) {
      const message = `starting tip failed consistency check: ${reference}`;
      throw new DevNodeError('tangle_refused', message);
    }
    chosen.push(reference);
  }
  const frontier = findFrontier(selection, acceptTails(selection, tangle.unconfirmedTails()));
  for (const tip of frontier) {
    if (chosen.length === 2) break;
    if (!cone.visited.has(tip) && ledger.extend(cone, tip) === null) chosen.push(tip);
  }
  const [branch = milestone, trunk = milestone] = chosen;
  return { trunk, branch };
}
