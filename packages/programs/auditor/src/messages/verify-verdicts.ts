/** The record entry that ends a response: it must hold what was requested and what was signed. */
import type { RecordEntry, RequestSlot, SigningResponse, Verdict } from '@airlock/gap';
import type { KnownRequest } from '../context.ts';
import { commitmentOf, type KnownSlips } from './slip-keys.ts';

/** Whether the same values stand in both, in whatever order. */
function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify([...a].sort()) === JSON.stringify([...b].sort());
}

/** Keys as `commitment level`. One from a custody slip that is not given only counts. */
function findKeyFault(
  verdict: Verdict,
  slots: readonly RequestSlot[],
  slips: KnownSlips,
): string | null {
  const recorded = verdict.keys.map(([commitment, level]) => `${commitment} ${level}`);
  let fromSlips = 0;
  for (const { role, address } of slots) {
    if (role.kind !== 'input') continue;
    const commitment = commitmentOf({ role, address }, slips);
    const index = recorded.indexOf(`${commitment} ${role.securityLevel}`);
    if (commitment === null) fromSlips += 1;
    else if (index < 0) return `it lacks key ${commitment} of level ${role.securityLevel}`;
    else recorded.splice(index, 1);
  }
  if (recorded.length === fromSlips) return null;
  return `it records ${verdict.keys.length} keys, the request has another number of inputs`;
}

function findPaymentFault(verdict: Verdict, slots: readonly RequestSlot[]): string | null {
  const requested = slots.flatMap(({ role }) =>
    role.kind === 'withdrawal' ? [role.withdrawalId] : [],
  );
  return isSameSet(requested, verdict.withdrawalIds)
    ? null
    : 'its withdrawal ids are not those of the request';
}

/** What is wrong with the last entry, or null. A response that refuses every bundle needs none. */
export function findVerdictFault(
  entry: RecordEntry,
  response: SigningResponse,
  known: KnownRequest,
): string | null {
  const signed = response.results.flatMap(({ kind }, bundle) =>
    kind === 'signed' ? [bundle] : [],
  );
  if (signed.length === 0) return null;
  const { event } = entry;
  if (event.kind !== 'signed') return `the last entry is of kind ${event.kind}`;
  const { request, digest } = known;
  if (event.requestDigest !== digest) return 'the last entry names the digest of another request';
  if (event.requestId !== request.requestId || event.sequence !== request.sequence) {
    return 'the last entry names another request id or sequence';
  }
  if (event.verdicts.length !== signed.length) {
    return `the last entry has ${event.verdicts.length} verdicts for ${signed.length} signed bundles`;
  }
  for (const [place, bundle] of signed.entries()) {
    const verdict = event.verdicts[place];
    const slots = request.bundles[bundle];
    if (verdict === undefined || slots === undefined) return `no bundle ${bundle} was requested`;
    const fault =
      verdict.bundleHash === known.bundleHashes[bundle]
        ? (findKeyFault(verdict, slots, known.slips) ?? findPaymentFault(verdict, slots))
        : `it records the hash ${verdict.bundleHash}`;
    if (fault !== null) return `verdict for bundle ${bundle}: ${fault}`;
  }
  return null;
}

/**
 * Pairs of address and commitment that a sound verdict shows for keys from custody slips: keys stand
 * in the order of the inputs, and every input whose UUID is known must confirm that order.
 */
export function slipKeysOf(
  verdict: Verdict,
  slots: readonly RequestSlot[],
  slips: KnownSlips,
): { readonly address: string; readonly commitment: string }[] {
  const pairs: { address: string; commitment: string }[] = [];
  let place = 0;
  for (const { role, address } of slots) {
    if (role.kind !== 'input') continue;
    const commitment = verdict.keys[place]?.[0];
    place += 1;
    const known = commitmentOf({ role, address }, slips);
    if (commitment === undefined || (known !== null && known !== commitment)) return [];
    if (known === null) pairs.push({ address, commitment });
  }
  return pairs;
}
