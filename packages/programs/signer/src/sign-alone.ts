/**
 * Signing a bundle that this signer has built itself: derive and compare, keep the plan, record the
 * verdict in one synced entry, sign, verify twice, keep the answer, release.
 */
import { uuidCommitment } from '@airlock/gap';
import {
  assembleBundle,
  encodeTransaction,
  findBundleFault,
  signatureToTrytes,
} from '@airlock/protocol';
import { keepAlone, keepPlan } from './alone-store.ts';
import type { Environment } from './environment.ts';
import { SignerError } from './error.ts';
import { type OpenHome, recordEvent } from './home.ts';
import type { RecordState } from './record-state.ts';
import { deriveSeeds, signBundle, wipe } from './sign.ts';
import type { ReviewedSpend, SpendPlan } from './spend.ts';
import { encodeSpendFile, sinceLastAnswer } from './spend-file.ts';

/**
 * The bundle as attachToTangle takes it: whole transactions, the highest index first.
 * @throws SignerError signature_faulty if IRI's validator would not confirm it
 */
function trytesOf(
  { slots, hash }: ReviewedSpend,
  signatures: readonly (readonly [number, Uint8Array])[],
): string[] {
  const fragments = new Map(
    signatures.flatMap(([index, signature]) =>
      signatureToTrytes(signature).map((trytes, place) => [index + place, trytes] as const),
    ),
  );
  const transactions = assembleBundle({ slots, hash, fragments });
  const fault = findBundleFault(transactions);
  if (fault !== null) {
    throw new SignerError('signature_faulty', `the bundle is not valid: ${fault}`, {
      next: 'nothing was released; this machine computes wrongly: stop using it',
    });
  }
  return transactions.map(encodeTransaction).reverse();
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
    const { record } =
      known === undefined
        ? recordEvent(environment, home, { kind: 'signed-alone', verdict })
        : home;
    const { entries } = record.state;
    const entry = entries[entryNumber - 1];
    if (entry === undefined) throw new TypeError('expected the entry that was written');
    let signed = 0;
    const signatures = signBundle({ hash, inputs }, seeds, () => {
      signed += 1;
      terminal.progress(signed, inputs.length);
    });
    const file = encodeSpendFile({
      bundleHash: hash,
      trytes: trytesOf(reviewed, signatures),
      entries: sinceLastAnswer(entries.slice(0, entryNumber), home.header.publicKey),
    });
    keepAlone(disk, home.path, { entryNumber, entry, answer: file });
    return { file, entryNumber, state: record.state };
  } finally {
    wipe(seeds);
  }
}
