/**
 * Signing a reviewed request: derive and compare every address, record all verdicts in one synced
 * entry, sign, verify each signature by the independent implementation, store, release.
 */
import {
  type BundleResult,
  type InputSignature,
  type RecordEvent,
  sealSigningResponse,
  uuidCommitment,
} from '@airlock/gap';
import {
  addressOfSeed,
  deriveSeed,
  signatureToTrytes,
  signHash,
  trytesToTrits,
} from '@airlock/protocol';
import signing from '@iota/signing';
import type { Environment } from './environment.ts';
import { SignerError } from './error.ts';
import { type OpenHome, recordEvent, storeAnswer } from './home.ts';
import { derivationMismatch } from './keyring.ts';
import { networkAcceptedBy } from './record-state.ts';
import type { ReviewedBundle, ReviewedInput, ReviewedRequest } from './review.ts';

/** Seeds by UUID; wiped when signing ends, however it ends. */
export type Seeds = Map<string, Uint8Array>;

/** @throws SignerError derivation_mismatch */
export async function deriveSeeds(
  { terminal, argon2 }: Environment,
  home: OpenHome,
  inputs: readonly ReviewedInput[],
): Promise<Seeds> {
  const seeds: Seeds = new Map();
  const { keyring, network } = home.header;
  const { scheme } = keyring;
  const { salt } = home.secret;
  try {
    for (const { uuid, address, securityLevel } of inputs) {
      const seed = await deriveSeed({ scheme, network, salt, uuid, argon2 });
      seeds.set(uuid, seed);
      if (addressOfSeed(seed, securityLevel) !== address) throw derivationMismatch(address);
      terminal.progress(seeds.size, inputs.length);
    }
  } catch (cause) {
    wipe(seeds);
    throw cause;
  }
  return seeds;
}

export function wipe(seeds: Seeds): void {
  for (const seed of seeds.values()) seed.fill(0);
}

function eventOf({
  request,
  digest,
  bundles,
}: ReviewedRequest): Extract<RecordEvent, { kind: 'signed' }> {
  return {
    kind: 'signed',
    requestId: request.requestId,
    sequence: request.sequence,
    requestDigest: digest,
    verdicts: bundles.map(({ hash, inputs, outputs }) => ({
      bundleHash: hash,
      keys: inputs.map(({ uuid, securityLevel }) => [uuidCommitment(uuid), securityLevel] as const),
      withdrawalIds: outputs.flatMap(({ role }) =>
        role.kind === 'withdrawal' ? [role.withdrawalId] : [],
      ),
    })),
  };
}

/** A faulty signature leaks key material: the independent implementation must accept it first. */
function verifyIndependently(input: ReviewedInput, hash: string, signature: Uint8Array): void {
  const fragments = signatureToTrytes(signature).map(trytesToTrits);
  const isValid = signing.validateSignatures(
    trytesToTrits(input.address),
    fragments,
    trytesToTrits(hash),
  );
  if (isValid) return;
  throw new SignerError('signature_faulty', `a signature for ${input.address} does not verify`, {
    next: 'nothing was released; this machine computes wrongly: stop using it',
  });
}

/** The signature of every input. @throws SignerError signature_faulty */
export function signBundle(
  { hash, inputs }: Pick<ReviewedBundle, 'hash' | 'inputs'>,
  seeds: Seeds,
  onSigned: () => void,
): InputSignature[] {
  return inputs.map((input): InputSignature => {
    const seed = seeds.get(input.uuid);
    if (seed === undefined) throw new TypeError('a seed is missing');
    const signature = signHash({ seed, bundleHash: hash, level: input.securityLevel });
    verifyIndependently(input, hash, signature);
    onSigned();
    return [input.index, signature];
  });
}

/** Signs; returns the response's bytes, which are stored in the home before this returns. */
export async function signRequest(
  environment: Environment,
  home: OpenHome,
  { reviewed, requestFile }: { reviewed: ReviewedRequest; requestFile: Uint8Array },
): Promise<Uint8Array> {
  const { disk, terminal } = environment;
  const { request, digest, bundles } = reviewed;
  const inputs = bundles.flatMap((bundle) => bundle.inputs);
  const seeds = await deriveSeeds(environment, home, inputs);
  try {
    const answered = home.record.state.requests.get(request.sequence) ?? null;
    const { record } = answered === null ? recordEvent(environment, home, eventOf(reviewed)) : home;
    const entryNumber = answered?.entryNumber ?? record.state.head.number;
    let signed = 0;
    const results = bundles.map((bundle): BundleResult => {
      const signatures = signBundle(bundle, seeds, () => {
        signed += 1;
        terminal.progress(signed, inputs.length);
      });
      return { kind: 'signed', bundleHash: bundle.hash, signatures };
    });
    const response = sealSigningResponse(
      {
        requestId: request.requestId,
        requestDigest: digest,
        keyringId: request.keyringId,
        network: request.network,
        results,
        entries: record.state.entries.slice(request.expectedHead.number, entryNumber),
        networkAccepted: networkAcceptedBy(record.state, entryNumber),
      },
      home.identity,
    );
    storeAnswer(disk, home.path, { entryNumber, request: requestFile, answer: response });
    return response;
  } finally {
    wipe(seeds);
  }
}
