/**
 * Who held each record, whether its sequences rise, and whether its signer has seen a network: each
 * entry against what stands before it on its branch.
 */
import type { Head, RecordEntry } from '@airlock/gap';
import type { AddFinding, FindingCode } from '../findings.ts';
import type { KnownEntry } from './chains.ts';
import type { Source } from './ledger-of-records.ts';
import type { Standing } from './standing.ts';

interface Answer {
  readonly file: string;
  readonly head: Head;
  readonly networkAccepted: boolean;
}

interface Fault {
  readonly code: FindingCode;
  readonly message: string;
}

/** What is wrong with a home that takes over, or with one that hands over. */
function findHomeFaults(
  { number, event }: RecordEntry,
  before: RecordEntry | undefined,
  { epoch }: Standing,
): Fault[] {
  const faults: Fault[] = [];
  const handedTo = before?.event.kind === 'moved-out' ? before.event.epoch : null;
  const takesOver = event.kind === 'moved-in' || event.kind === 'resumed';
  if (handedTo !== null && !takesOver) {
    const message = `entry ${number} is of kind ${event.kind}, but entry ${number - 1} hands the record over to epoch ${handedTo}`;
    faults.push({ code: 'moved_out_used', message });
  }
  if (event.kind === 'moved-in' && handedTo === null && (before !== undefined || number === 1)) {
    const message = `entry ${number} takes over what the entry before it does not hand over`;
    faults.push({ code: 'moved_in_unannounced', message });
  }
  if (!takesOver && event.kind !== 'moved-out') return faults;
  // A later epoch than the one handed over is rightful: `resumed` leaves it to the home that was lost.
  const least = takesOver && handedTo !== null ? handedTo : epoch === null ? null : epoch + 1;
  if (least !== null && event.epoch < least) {
    const message = `entry ${number} (${event.kind}) names epoch ${event.epoch}, but ${least} or more must follow`;
    faults.push({ code: 'epoch_not_rising', message });
  }
  return faults;
}

function findOtherFaults(
  { number, event }: RecordEntry,
  { networkAccepted, lastSequence }: Standing,
): Fault[] {
  if (event.kind === 'network-accepted' && networkAccepted === true) {
    return [{ code: 'network_accepted_twice', message: `entry ${number} says it once more` }];
  }
  if (event.kind === 'signed' && event.sequence <= lastSequence) {
    const message = `entry ${number} signs sequence ${event.sequence} after sequence ${lastSequence}`;
    return [{ code: 'sequence_not_rising', message }];
  }
  return [];
}

export class LedgerOfHomes {
  /** By the hash of the last entry that each carries. */
  readonly #answers = new Map<string, Answer[]>();

  /** Notes what an answer that ends with this head says of its signer. */
  answer({ file }: Source, head: Head, networkAccepted: boolean): void {
    const answers = this.#answers.get(head.hash) ?? [];
    answers.push({ file, head, networkAccepted });
    this.#answers.set(head.hash, answers);
  }

  /** Checks an entry against the one before it and what stands there. */
  check(
    { source, entry }: KnownEntry,
    { before, standing }: { before: KnownEntry | undefined; standing: Standing },
    add: AddFinding,
  ): void {
    const { file } = source;
    const other =
      before === undefined || before.source.file === file ? {} : { otherFile: before.source.file };
    const faults = findHomeFaults(entry, before?.entry, standing);
    for (const fault of faults) add({ ...fault, file, ...other });
    for (const fault of findOtherFaults(entry, standing)) add({ ...fault, file });
  }

  /** Compares the answers that end with an entry with what stands after it. */
  checkAnswers({ hash }: KnownEntry, { networkAccepted }: Standing, add: AddFinding): void {
    if (networkAccepted === null) return;
    const says = (accepted: boolean): string => (accepted ? 'used with one' : 'used with none');
    for (const answer of this.#answers.get(hash) ?? []) {
      if (answer.networkAccepted === networkAccepted) continue;
      const message = `it says that its signer was ${says(answer.networkAccepted)}, the record up to entry ${answer.head.number} that it was ${says(networkAccepted)}`;
      add({ code: 'network_use_mismatch', file: answer.file, message });
    }
  }
}
