/**
 * Custody slips and receipts. Of a slip: whether its UUIDs, addresses and levels are those of the
 * batches; the amounts are the coordinator's word. Of a receipt: whether it answers its slip.
 */
import {
  openCustodyReceipt,
  openCustodySlip,
  openEnvelope,
  type PairingCard,
  uuidCommitment,
  wordsOf,
} from '@airlock/gap';
import { addressesOfSlip, compareAddresses } from '../address-bytes.ts';
import type { Context, FileFacts } from '../context.ts';
import type { InputFile } from '../read-files.ts';
import { compareWithCard } from './verify-batch.ts';
import { verifyAddressee } from './verify-request.ts';

/** @throws GapError */
export function verifyCustodySlip(
  file: InputFile,
  cards: readonly PairingCard[],
  context: Context,
): FileFacts {
  const keys = cards.map(({ publicKey }) => publicKey);
  const { slip, digest } = openCustodySlip(file.bytes, keys);
  const { keyringId, addresses, orderId } = slip;
  verifyAddressee({ ...slip, file: file.path }, cards, context);
  const { payload } = openEnvelope(file.bytes, 'custody-slip');
  const decoded = addresses.map(({ address }) => address);
  compareAddresses(file.path, { decoded, own: addressesOfSlip(payload) }, context.add);
  const names = addresses.map(({ uuid, address, securityLevel: level }) => {
    return { keyringId, commitment: uuidCommitment(uuid), address, level };
  });
  const lies = names.flatMap((each, index) =>
    context.keys.contradictedBy(each) === null ? [] : [index],
  );
  if (lies.length > 0) {
    const message = `its UUIDs, addresses or levels at ${lies.join(', ')} are not those of other files`;
    context.add({ code: 'slip_mismatch', file: file.path, message });
  } else {
    context.slips.set(digest, { slip, file: file.path });
    for (const each of names) context.keys.note(each, file.path);
  }
  const unknownKeys = names.filter(
    ({ commitment }) => !context.batches.holds(keyringId, commitment),
  ).length;
  const total = addresses.reduce((sum, { amount }) => sum + amount, 0n);
  const holds = `custody slip of ${orderId}: ${addresses.length} addresses with ${total} i, as the coordinator says`;
  const notes = ['it holds UUIDs: whoever has it and the salt has the money'];
  if (unknownKeys > 0) notes.push(`${unknownKeys} of its keys are not in any given batch`);
  return { keyringId, holds, notes, words: wordsOf(digest).join(' ') };
}

/** @throws GapError */
export function verifyCustodyReceipt(
  file: InputFile,
  card: PairingCard,
  context: Context,
): FileFacts {
  const receipt = openCustodyReceipt(file.bytes, card.publicKey);
  const { keyringId, orderId, count, copies, slipDigest } = receipt;
  compareWithCard({ ...receipt, file: file.path }, card, context.add);
  const known = context.slips.get(slipDigest);
  if (known !== undefined) {
    const { slip } = known;
    const isAnswer =
      slip.orderId === orderId &&
      slip.addresses.length === count &&
      slip.keyringId === keyringId &&
      slip.network === receipt.network;
    if (!isAnswer) {
      const message = `it names ${orderId}, ${count} addresses and ${keyringId} on ${receipt.network}; the slip is ${slip.orderId}, ${slip.addresses.length} addresses and ${slip.keyringId} on ${slip.network}`;
      const otherFile = known.file;
      context.add({ code: 'custody_mismatch', file: file.path, otherFile, message });
    }
  }
  const holds = `custody receipt of ${orderId}: ${count} addresses, copies ${copies.map((copy) => `"${copy}"`).join(', ')}`;
  const notes = known === undefined ? ['the slip that it answers is not given'] : [];
  return { keyringId, holds, notes, words: wordsOf(slipDigest).join(' ') };
}
