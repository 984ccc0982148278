/** Address batches: envelope, root and distinctness through gap, then keyring, network, addresses. */
import { openAddressBatch, openEnvelope, type PairingCard, uuidCommitment } from '@airlock/gap';
import { addressesOfBatch, compareAddresses } from '../address-bytes.ts';
import type { Context, FileFacts } from '../context.ts';
import type { AddFinding } from '../findings.ts';
import type { InputFile } from '../read-files.ts';

/** Compares what a signer's message says of itself with the card of the key that signed it. */
export function compareWithCard(
  said: { readonly file: string; readonly keyringId: string; readonly network: string },
  card: PairingCard,
  add: AddFinding,
): void {
  const { file } = said;
  if (card.keyring !== null && card.keyring.id !== said.keyringId) {
    const message = `it names ${said.keyringId}, the card ${card.keyring.id}`;
    add({ code: 'keyring_mismatch', file, message });
  }
  if (card.network !== said.network) {
    const message = `it is for network ${said.network}, the card for ${card.network}`;
    add({ code: 'network_mismatch', file, message });
  }
}

/** @throws GapError */
export function verifyBatch(file: InputFile, card: PairingCard, context: Context): FileFacts {
  const { statement, addresses } = openAddressBatch(file.bytes, card.publicKey);
  const { keyringId } = statement;
  compareWithCard({ ...statement, file: file.path }, card, context.add);
  const { payload } = openEnvelope(file.bytes, 'address-batch');
  const decoded = addresses.map(({ address }) => address);
  compareAddresses(file.path, { decoded, own: addressesOfBatch(payload) }, context.add);
  context.records.batch({ keyringId, file: file.path }, statement);
  const commitments = addresses.map(({ uuid, address, securityLevel }) => {
    const commitment = uuidCommitment(uuid);
    context.keys.note({ keyringId, commitment, address, level: securityLevel }, file.path);
    return commitment;
  });
  context.batches.batch({ keyringId, file: file.path }, statement, commitments);
  const holds = `batch ${statement.number}: ${addresses.length} addresses`;
  return { keyringId, holds, notes: [] };
}
