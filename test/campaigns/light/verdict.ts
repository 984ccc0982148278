/** What was measured, held against a goal of a benchmark: Q1 to Q12 of the QR transport, or L1 to L4 of the ledger. */

export interface Verdict {
  readonly goal: string;
  /** `reported`: a figure without a goal of its own. */
  readonly verdict: 'met' | 'missed' | 'reported';
  readonly text: string;
}

export function judged(goal: string, isMet: boolean, text: string): Verdict {
  return { goal, verdict: isMet ? 'met' : 'missed', text };
}

export const reported = (goal: string, text: string): Verdict => ({
  goal,
  verdict: 'reported',
  text,
});
