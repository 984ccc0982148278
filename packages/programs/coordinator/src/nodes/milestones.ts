/**
 * Which nodes keep up with the network. The reference is the quorum-th highest solid milestone that
 * nodes report: a single node that lies can neither advance it nor hold it back.
 */

/** What a node says about itself. */
export interface NodeReport {
  /** Index of the latest milestone that the node has heard of. */
  readonly latest: number;
  /** Index of the latest milestone of which the node has everything. */
  readonly solid: number;
  /** Its transaction's hash; null if the node does not say. */
  readonly solidHash: string | null;
}

export interface MilestoneRules {
  readonly quorum: number;
  /** Milestones that a node may be behind the reference and still be in step. */
  readonly lagMilestonesMax: number;
}

/** Open: it hangs on reports that have not come yet. The other two stay, whatever else is reported. */
export type Standing = 'in-step' | 'lagging' | 'open';

/** The reference: the quorum-th highest solid index; null while fewer nodes report one. */
export function referenceMilestone(reports: readonly NodeReport[], quorum: number): number | null {
  const indexes = reports.map(({ solid }) => solid).sort((a, b) => b - a);
  return indexes[quorum - 1] ?? null;
}

/**
 * Where each reporting node stands, in the order of the reports.
 * @param outstanding how many nodes were asked and have not reported yet
 */
export function standingsOf(
  reports: readonly NodeReport[],
  { quorum, lagMilestonesMax, outstanding }: MilestoneRules & { readonly outstanding: number },
): Standing[] {
  // Reports to come can only raise the reference: at the most they are all ahead of these.
  const lowest = referenceMilestone(reports, quorum);
  const highest = outstanding < quorum ? referenceMilestone(reports, quorum - outstanding) : null;
  return reports.map(({ latest, solid }) => {
    if (latest !== solid) return 'lagging';
    if (lowest === null) return 'open';
    if (solid < lowest - lagMilestonesMax) return 'lagging';
    return highest !== null && solid >= highest - lagMilestonesMax ? 'in-step' : 'open';
  });
}
