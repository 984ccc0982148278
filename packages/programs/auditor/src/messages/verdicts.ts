/** The bundles that a record's entry says were signed, with a request or without one. */
import type { RecordEvent, Verdict } from '@airlock/gap';

export function verdictsOf(event: RecordEvent): readonly Verdict[] {
  if (event.kind === 'signed') return event.verdicts;
  return event.kind === 'signed-alone' ? [event.verdict] : [];
}
