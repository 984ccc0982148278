/**
 * Who held each record, and whether its signer has seen a network: entries of all files, each after
 * the one whose hash it names, so that the branches of a fork are followed apart.
 */
import { EMPTY_HEAD, type Head, type RecordEntry } from '@airlock/gap';
import type { AddFinding, FindingCode } from './findings.ts';
import type { Source } from './ledger-of-records.ts';

interface Known {
  readonly source: Source;
  readonly entry: RecordEntry;
  readonly hash: string;
}

/** What holds after an entry; null where that rests on entries that are not given. */
interface Standing {
  readonly epoch: number | null;
  readonly hasOfficer: boolean | null;
  readonly networkAccepted: boolean | null;
}

const AT_START: Standing = { epoch: 1, hasOfficer: false, networkAccepted: false };
const UNKNOWN: Standing = { epoch: null, hasOfficer: null, networkAccepted: null };

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
  const least = takesOver && handedTo !== null ? handedTo : epoch === null ? null : epoch + 1;
  if (least !== null && event.epoch < least) {
    const message = `entry ${number} (${event.kind}) names epoch ${event.epoch}, but ${least} or more must follow`;
    faults.push({ code: 'epoch_not_rising', message });
  }
  return faults;
}

function findOtherFaults(
  { number, event }: RecordEntry,
  { hasOfficer, networkAccepted }: Standing,
): Fault[] {
  if (event.kind === 'network-accepted' && networkAccepted === true) {
    return [{ code: 'network_accepted_twice', message: `entry ${number} says it once more` }];
  }
  if (event.kind === 'voided' && event.frees && hasOfficer === false) {
    const message = `entry ${number} frees the bundles of ${event.requestId}, but no officer was ever paired: any copy of the signer could have signed them`;
    return [{ code: 'void_frees', message }];
  }
  return [];
}

function standingAfter({ event }: RecordEntry, before: Standing): Standing {
  switch (event.kind) {
    case 'moved-in':
    case 'resumed':
      return { ...before, epoch: event.epoch };
    case 'paired':
      return event.role === 'officer' ? { ...before, hasOfficer: true } : before;
    case 'network-accepted':
      return { ...before, networkAccepted: true };
    default:
      return before;
  }
}

export class LedgerOfHomes {
  /** By hash. */
  readonly #entries = new Map<string, Known>();
  readonly #answers: Answer[] = [];

  /** Notes a verified entry. */
  entry(source: Source, entry: RecordEntry, { hash }: Head): void {
    if (!this.#entries.has(hash)) this.#entries.set(hash, { source, entry, hash });
  }

  /** Notes what an answer that ends with this head says of its signer. */
  answer({ file }: Source, head: Head, networkAccepted: boolean): void {
    this.#answers.push({ file, head, networkAccepted });
  }

  /** Follows every chain from its first given entry on, to be asked when all are noted. */
  check(add: AddFinding): void {
    const standings = new Map<string, Standing>();
    const known = [...this.#entries.values()].sort((a, b) => a.entry.number - b.entry.number);
    for (const { source, entry, hash } of known) {
      const before = this.#entries.get(entry.previous);
      const isFirst = entry.number === 1 && entry.previous === EMPTY_HEAD.hash;
      const standing = standings.get(entry.previous) ?? (isFirst ? AT_START : UNKNOWN);
      const { file } = source;
      const other =
        before === undefined || before.source.file === file
          ? {}
          : { otherFile: before.source.file };
      for (const fault of findHomeFaults(entry, before?.entry, standing)) {
        add({ ...fault, file, ...other });
      }
      for (const fault of findOtherFaults(entry, standing)) add({ ...fault, file });
      standings.set(hash, standingAfter(entry, standing));
    }
    for (const { file, head, networkAccepted } of this.#answers) {
      const recorded = standings.get(head.hash)?.networkAccepted ?? null;
      if (recorded === null || recorded === networkAccepted) continue;
      const says = (accepted: boolean): string => (accepted ? 'used with one' : 'used with none');
      const message = `it says that its signer was ${says(networkAccepted)}, the record up to entry ${head.number} that it was ${says(recorded)}`;
      add({ code: 'network_use_mismatch', file, message });
    }
  }
}
