/**
 * Signing a bundle that this signer has built itself: derive and compare, keep the plan, record the
 * verdict in one synced entry, sign, verify twice, keep the answer, release.
 */
import { encodeShape, type SealedEntry, sealedEntry, uuidCommitment } from '@airlock/gap';
import {
  assembleBundle,
  decodeTransaction,
  encodeTransaction,
  findBundleFault,
  signatureToTrytes,
} from '@airlock/protocol';
import { keepAlone, keepPlan, readAlone } from './alone-store.ts';
import type { Disk } from './disk.ts';
import type { Environment } from './environment.ts';
import { SignerError } from './error.ts';
import { type OpenHome, recordEvent } from './home.ts';
import type { RecordState } from './record-state.ts';
import { deriveSeeds, signBundle, wipe } from './sign.ts';
import type { ReviewedSpend, SpendPlan } from './spend.ts';
import { encodeSpendFile, readTrytes, sinceLastAnswer } from './spend-file.ts';

/** Trytes of signatures, by the index of their slot. */
type Fragments = ReadonlyMap<number, string>;

/**
 * The bundle as attachToTangle takes it: whole transactions, the highest index first.
 * @throws SignerError signature_faulty if IRI's validator would not confirm it
 */
function trytesOf({ slots, hash }: ReviewedSpend, fragments: Fragments): string[] {
  const transactions = assembleBundle({ slots, hash, fragments });
  const fault = findBundleFault(transactions);
  if (fault !== null) {
    throw new SignerError('signature_faulty', `the bundle is not valid: ${fault}`, {
      next: 'nothing was released; this machine computes wrongly: stop using it',
    });
  }
  return transactions.map(encodeTransaction).reverse();
}

/** The file of a spend that an entry of this record has. @throws SignerError signature_faulty */
function fileOf(
  { record, header }: OpenHome,
  {
    reviewed,
    entryNumber,
    fragments,
  }: {
    readonly reviewed: ReviewedSpend;
    readonly entryNumber: number;
    readonly fragments: Fragments;
  },
): Uint8Array {
  return encodeSpendFile({
    bundleHash: reviewed.hash,
    trytes: trytesOf(reviewed, fragments),
    entries: sinceLastAnswer(record.state.entries.slice(0, entryNumber), header.publicKey),
  });
}

function isSameEntry(one: SealedEntry | undefined, other: SealedEntry | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  const bytes = (entry: SealedEntry): Uint8Array => encodeShape(sealedEntry, entry);
  return Buffer.compare(bytes(one), bytes(other)) === 0;
}

/**
 * The file that was kept of a spend with its entry, if both are what they were, to the byte; else null.
 * @throws GapError, ProtocolError, SignerError signature_faulty: it is damaged
 */
export function keptFile(
  disk: Disk,
  home: OpenHome,
  { reviewed, entryNumber }: { readonly reviewed: ReviewedSpend; readonly entryNumber: number },
): Uint8Array | null {
  const { entry, answer: kept = null } = readAlone(disk, home.path, entryNumber) ?? {};
  if (kept === null || !isSameEntry(entry, home.record.state.entries[entryNumber - 1])) return null;
  const transactions = readTrytes(kept).map(decodeTransaction).reverse();
  const fragments = new Map(
    transactions
      .map(({ signatureMessageFragment }, index) => [index, signatureMessageFragment] as const)
      .filter(([index]) => reviewed.slots[index]?.role.kind !== 'payee'),
  );
  const made = fileOf(home, { reviewed, entryNumber, fragments });
  return Buffer.compare(made, kept) === 0 ? kept : null;
}

/** Signs; returns the spend's file, which is kept in the home before this returns. */
export async function signAlone(
  environment: Environment,
  home: OpenHome,
  { reviewed, plan }: { readonly reviewed: ReviewedSpend; readonly plan: SpendPlan },
): Promise<{
  readonly file: Uint8Array;
  readonly entryNumber: number;
  /** Of the record with that entry. */
  readonly state: RecordState;
}> {
  const { disk, terminal } = environment;
  const { hash, inputs } = reviewed;
  const seeds = await deriveSeeds(environment, home, inputs);
  try {
    const { state } = home.record;
    const known = state.signedAlone.get(hash);
    const entryNumber = known ?? state.head.number + 1;
    if (known === undefined) keepPlan(disk, home.path, { entryNumber, spend: plan });
    const keys = inputs.map((each) => [uuidCommitment(each.uuid), each.securityLevel] as const);
    const verdict = { bundleHash: hash, keys, withdrawalIds: [] };
    const recorded =
      known === undefined
        ? recordEvent(environment, home, { kind: 'signed-alone', verdict })
        : home;
    const entry = recorded.record.state.entries[entryNumber - 1];
    if (entry === undefined) throw new TypeError('expected the entry that was written');
    let signed = 0;
    const signatures = signBundle({ hash, inputs }, seeds, () => {
      signed += 1;
      terminal.progress(signed, inputs.length);
    });
    const fragments = new Map(
      signatures.flatMap(([index, signature]) =>
        signatureToTrytes(signature).map((trytes, place) => [index + place, trytes] as const),
      ),
    );
    const file = fileOf(recorded, { reviewed, entryNumber, fragments });
    keepAlone(disk, home.path, { entryNumber, entry, answer: file });
    return { file, entryNumber, state: recorded.record.state };
  } finally {
    wipe(seeds);
  }
}
