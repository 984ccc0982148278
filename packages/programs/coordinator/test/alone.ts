/** Attaches a bundle that a signer has signed alone, as anybody with its trytes can, and confirms it. */
import { assembleBundle, encodeTransaction, type Slot, signatureToTrytes } from '@airlock/protocol';
import type { ServedNode } from './world.ts';

/** @param signatures by the index of the input's first slot */
export async function sendAlone(
  { devNode, node }: ServedNode,
  {
    slots,
    hash,
    signatures,
  }: {
    readonly slots: readonly Slot[];
    readonly hash: string;
    readonly signatures: ReadonlyMap<number, Uint8Array>;
  },
): Promise<void> {
  const fragments = new Map<number, string>();
  for (const [first, signature] of signatures) {
    for (const [place, fragment] of signatureToTrytes(signature).entries()) {
      fragments.set(first + place, fragment);
    }
  }
  const trytes = assembleBundle({ slots, hash, fragments }).map(encodeTransaction);
  await node.broadcast(await node.attach(trytes));
  devNode.issueMilestone();
}
