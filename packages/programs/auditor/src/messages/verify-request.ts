/** Signing requests: each bundle's rules and hash by the auditor's own code, keys, payments, proofs. */
import {
  encodeAddressProof,
  GapError,
  type OpenedRequest,
  openEnvelope,
  openSigningRequest,
  type PairingCard,
  type RequestSlot,
  type SigningRequest,
  type SlotRole,
  uuidCommitment,
  verifyAddressProof,
  wordsOf,
} from '@airlock/gap';
import { addressesOfRequest, compareAddresses } from '../address-bytes.ts';
import type { Context, FileFacts, KnownRequest } from '../context.ts';
import type { InputFile } from '../read-files.ts';
import { independentBundleHash } from '../wots.ts';
import { commitmentOf, findSlipFault } from './slip-keys.ts';
import { findBundleFaults } from './verify-bundle.ts';

/** Compares what a coordinator's message says of itself with its card and that of its signer. */
export function verifyAddressee(
  request: { readonly file: string; readonly keyringId: string; readonly network: string },
  cards: readonly PairingCard[],
  context: Context,
): void {
  const { file } = request;
  for (const card of cards) {
    if (card.network === request.network) continue;
    const message = `it is for network ${request.network}, its coordinator's card for ${card.network}`;
    context.add({ code: 'network_mismatch', file, message });
  }
  const [signer] = context.cards.signersOf(request.keyringId);
  if (signer === undefined) {
    const message = `no card of a signer shows ${request.keyringId}`;
    context.add({ code: 'keyring_unknown', file, message });
  } else if (signer.network !== request.network) {
    const message = `it is for network ${request.network}, its signer's card for ${signer.network}`;
    context.add({ code: 'network_mismatch', file, message });
  }
}

function verifyColdProof(
  slot: RequestSlot & { readonly role: Extract<SlotRole, { kind: 'cold' }> },
  request: SigningRequest,
  context: Context,
): { readonly code: 'card_missing' | 'card_role' | 'cold_proof'; readonly message: string } | null {
  const { proof, securityLevel } = slot.role;
  try {
    const envelope = openEnvelope(proof.statementFile, 'address-batch-statement');
    const signed = context.cards.signedBy(envelope, ['signer']);
    if (signed.kind === 'fault') return signed;
    const [card] = signed.cards;
    const statement = verifyAddressProof({
      proof: encodeAddressProof(proof),
      address: slot.address,
      securityLevel,
      publicKey: card.publicKey,
    });
    if (statement.keyringId === card.keyring?.id && statement.network === request.network) {
      return null;
    }
    return { code: 'cold_proof', message: 'the proof names another keyring or network' };
  } catch (error) {
    if (!(error instanceof GapError)) throw error;
    return { code: 'cold_proof', message: error.message };
  }
}

interface Place {
  readonly known: KnownRequest;
  readonly bundle: number;
  readonly index: number;
}

/** Notes what one slot says of keys and payments. @returns whether its UUID is in no batch given */
function noteSlot(slot: RequestSlot, place: Place, context: Context): boolean {
  const { known, bundle, index } = place;
  const { keyringId } = known.request;
  const { role, address } = slot;
  const hash = known.bundleHashes[bundle] as string;
  const use = { keyringId, hash, file: known.file, evidence: 'requested' } as const;
  if (role.kind === 'withdrawal') context.payments.use(role.withdrawalId, use);
  if (role.kind === 'cold') {
    const fault = verifyColdProof({ ...slot, role }, known.request, context);
    if (fault !== null) {
      const message = `cold output at bundle ${bundle}, slot ${index}: ${fault.message}`;
      context.add({ code: fault.code, file: known.file, message });
    }
  }
  if (role.kind === 'input') {
    const commitment = commitmentOf({ role, address }, context.slips);
    const fault = findSlipFault({ role, address }, context.slips);
    if (fault !== null) {
      const message = `bundle ${bundle}, slot ${index}: ${fault.message}`;
      context.add({ code: 'slip_mismatch', file: known.file, otherFile: fault.file, message });
    }
    context.keys.use({ keyringId, commitment, address, level: role.securityLevel }, use);
    return commitment === null || !context.batches.holds(keyringId, commitment);
  }
  if (role.kind === 'own') {
    const commitment = uuidCommitment(role.uuid);
    context.keys.note({ keyringId, commitment, address, level: null }, known.file);
    return !context.batches.holds(keyringId, commitment);
  }
  return false;
}

function verifyBundles(known: KnownRequest, context: Context): number {
  let unknownKeys = 0;
  for (const [bundle, slots] of known.request.bundles.entries()) {
    for (const fault of findBundleFaults(slots, known.bundleHashes[bundle] as string)) {
      const message = `bundle ${bundle}: ${fault.message}`;
      context.add({ code: fault.code, file: known.file, message });
    }
    for (const [index, slot] of slots.entries()) {
      if (noteSlot(slot, { known, bundle, index }, context)) unknownKeys += 1;
    }
  }
  return unknownKeys;
}

/** @throws GapError */
export function verifyRequest(
  file: InputFile,
  cards: readonly PairingCard[],
  context: Context,
): FileFacts {
  const senders = cards.map((card) => card.publicKey);
  const opened: OpenedRequest = openSigningRequest(file.bytes, senders);
  const { request, digest } = opened;
  const { keyringId, sequence, bundles } = request;
  verifyAddressee({ ...request, file: file.path }, cards, context);
  const { payload } = openEnvelope(file.bytes, 'signing-request');
  const decoded = bundles.flatMap((slots) => slots.map(({ address }) => address));
  compareAddresses(file.path, { decoded, own: addressesOfRequest(payload) }, context.add);
  const bundleHashes = bundles.map(independentBundleHash);
  const known = { request, digest, bundleHashes, file: file.path, slips: context.slips };
  context.requests.set(digest, known);
  context.peers.asked(digest, file.path, senders);
  context.records.sequence({ keyringId, file: file.path }, { sequence, digest });
  const unknownKeys = verifyBundles(known, context);
  const inputs = bundles.flat().filter(({ role }) => role.kind === 'input').length;
  const holds = `request ${sequence}: ${bundles.length} bundles, ${inputs} inputs`;
  const notes =
    unknownKeys === 0 ? [] : [`${unknownKeys} of its own keys are not in any given batch`];
  return { keyringId, holds, notes, words: wordsOf(digest).join(' ') };
}
