/**
 * What the officer reads. Every text is built from parsed values (numbers, trytes, hexadecimal, words,
 * printable ASCII), so that no control character of a file can reach the terminal.
 */
import type { Head, OpenedSlip, OpenedVoidRequest, PairingCard, RecordEntry } from '@airlock/gap';
import { fingerprintWords, wordsOf } from '@airlock/gap';
import { checksumOf, formatAmount, type Network, NULL_TAG } from '@airlock/protocol';
import { WORDS_SHOWN } from './confirmation.ts';
import { passedOver } from './heads.ts';
import type { Home } from './home.ts';
import { logEndOf } from './log.ts';
import type { RecordState } from './record-state.ts';
import type { ReviewedOutput, ReviewedRequest } from './review.ts';
import type { HomeHeader } from './sealed-secret.ts';
import { slipName, totalOf } from './slips.ts';

export const RULE: string = '─'.repeat(78);

/** Nine trytes a group, as people compare them; the last group is the checksum. */
export function formatAddress(address: string): string[] {
  const groups = (address + checksumOf(address)).match(/.{9}/g) ?? [];
  return [groups.slice(0, 5).join(' '), groups.slice(5).join(' ')];
}

export function formatTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ') + ' UTC';
}

/** First line of every screen of a practice signer. */
export function practiceBanner(header: Pick<HomeHeader, 'keyring'>): string[] {
  return header.keyring.practice
    ? ['*** PRACTICE SIGNER · network private · nothing here is real money ***']
    : [];
}

export function formatWords(words: readonly string[]): string {
  return words.map((word) => word.toUpperCase()).join(' ');
}

/** The four words the screen shows, and room for the four that the officer types. */
export function halfOfWords(words: readonly string[]): string {
  return `${formatWords(words.slice(0, WORDS_SHOWN))} · ${'____ '.repeat(words.length - WORDS_SHOWN).trim()}`;
}

interface Totals {
  readonly spent: bigint;
  readonly own: bigint;
  readonly cold: bigint;
  readonly withdrawals: bigint;
}

/** Amounts a class of slot, over all bundles. */
export function totalsOf({ bundles }: ReviewedRequest): Totals {
  const outputs = bundles.flatMap((bundle) => bundle.outputs);
  const sum = (kind: ReviewedOutput['role']['kind']): bigint =>
    outputs
      .filter((output) => output.role.kind === kind)
      .reduce((total, { amount }) => total + amount, 0n);
  return {
    spent: bundles
      .flatMap((bundle) => bundle.inputs)
      .reduce((total, { amount }) => total + amount, 0n),
    own: sum('own'),
    cold: sum('cold'),
    withdrawals: sum('withdrawal'),
  };
}

function unlistedLines(request: ReviewedRequest): string[] {
  const lines: string[] = [];
  let number = 0;
  for (const { outputs } of request.bundles) {
    for (const { role, address, amount, tag } of outputs) {
      if (role.kind !== 'withdrawal') continue;
      number += 1;
      const [first = '', second = ''] = formatAddress(address);
      lines.push(
        `  ${String(number).padStart(3)}. ${formatAmount(amount)}`,
        `       to ${first}`,
        `          ${second}  (last group: checksum)`,
        `       withdrawal ${role.withdrawalId}${tag === NULL_TAG ? '' : `, tag ${tag.replace(/9+$/, '')}`}`,
      );
    }
  }
  return lines.length === 0 ? ['  none: nothing leaves the house'] : lines;
}

function sweepLines(request: ReviewedRequest): string[] {
  return request.bundles.flatMap(({ hash, inputs, outputs }, index) => [
    `Sweep ${index + 1} of ${request.bundles.length}, bundle ${hash}`,
    ...inputs.map(
      ({ address, amount, securityLevel, slipDigest }) =>
        `  spends ${formatAmount(amount)} of ${address.slice(0, 18)}… (level ${securityLevel}, ${slipDigest === null ? '' : 'IN CUSTODY, '}0 stays behind)`,
    ),
    ...outputs.map(({ role, address, amount }) =>
      role.kind === 'withdrawal'
        ? `  pays   ${formatAmount(amount)} to   ${address.slice(0, 18)}… (listed above)`
        : role.kind === 'own'
          ? `  keeps  ${formatAmount(amount)} on   ${address.slice(0, 18)}… (own: issued by this record, never signed)`
          : `  stores ${formatAmount(amount)} on   ${address.slice(0, 18)}… (other own keyring: proven by its batch)`,
    ),
  ]);
}

/** What goes to each other keyring of ours. */
function otherKeyringLines({ bundles }: ReviewedRequest): string[] {
  const amounts = new Map<string, bigint>();
  for (const { keyringId, amount } of bundles.flatMap((bundle) => bundle.outputs)) {
    if (keyringId !== null) amounts.set(keyringId, (amounts.get(keyringId) ?? 0n) + amount);
  }
  return [...amounts].map(([id, amount]) => `    ${id}  ${formatAmount(amount)}`);
}

/** Money that was set aside moves: the officer is to know from which slips. */
function custodyLines({ bundles }: ReviewedRequest): string[] {
  const amounts = new Map<string, bigint>();
  for (const { slipDigest, amount } of bundles.flatMap((bundle) => bundle.inputs)) {
    if (slipDigest !== null) amounts.set(slipDigest, (amounts.get(slipDigest) ?? 0n) + amount);
  }
  return [...amounts].map(
    ([digest, amount]) => `OUT OF CUSTODY, slip ${slipName(digest)}: ${formatAmount(amount)}`,
  );
}

/** Sequences only rise: what is passed over now can only be voided and asked again. */
function passedOverLine(state: RecordState, sequence: number): string[] {
  const count = passedOver(state, sequence);
  if (count === 0) return [];
  return [
    `WARNING: the last one signed was sequence ${state.lastSequence}. The ${count} between can never be signed after this one: sign them first, or have them voided and asked again`,
  ];
}

/** The officer's screen before a signature. */
export function requestScreen(
  { header, record }: Pick<Home, 'header' | 'record'>,
  reviewed: ReviewedRequest,
): string[] {
  const { request } = reviewed;
  const totals = totalsOf(reviewed);
  return [
    RULE,
    ...practiceBanner(header),
    `TO BE SIGNED by keyring ${request.keyringId} on network ${request.network.toUpperCase()}`,
    `Request ${request.requestId}, sequence ${request.sequence}, made ${formatTime(request.createdAt)} by the coordinator's clock`,
    ...passedOverLine(record.state, request.sequence),
    ...custodyLines(reviewed),
    `Words of this request: ${halfOfWords(wordsOf(reviewed.digest))}`,
    RULE,
    `  spent from own addresses  ${formatAmount(totals.spent)}`,
    `  back to own addresses     ${formatAmount(totals.own)}`,
    `  to other own keyrings     ${formatAmount(totals.cold)}`,
    ...otherKeyringLines(reviewed),
    `  WITHDRAWALS, to others    ${formatAmount(totals.withdrawals)}`,
    RULE,
    'Paid to addresses that are not ours: read each in full',
    ...unlistedLines(reviewed),
    RULE,
    ...sweepLines(reviewed),
    RULE,
  ];
}

/** The officer's screen before a void. */
export function voidScreen(header: HomeHeader, { request, digest }: OpenedVoidRequest): string[] {
  return [
    RULE,
    ...practiceBanner(header),
    `TO BE VOIDED by keyring ${request.keyringId} on network ${request.network.toUpperCase()}`,
    `Request ${request.requestId}, sequence ${request.sequence}, with ${request.bundleHashes.length} sweeps:`,
    ...request.bundleHashes.map((hash) => `  bundle ${hash}`),
    'This signer will never sign that request. It FREES NOTHING: without officers nobody can know that no',
    'copy has signed it. Its sweeps keep their inputs, and the coordinator asks for the same sweeps again.',
    `Words of this void: ${halfOfWords(wordsOf(digest))}`,
    RULE,
  ];
}

/** A custody slip as people compare it, and the copies that were read back. */
export function slipScreen(
  header: HomeHeader,
  { slip, digest }: OpenedSlip,
  copies: readonly string[],
): string[] {
  const count = slip.addresses.length;
  return [
    RULE,
    ...practiceBanner(header),
    `CUSTODY SLIP of order ${slip.orderId}, for keyring ${slip.keyringId} on network ${slip.network.toUpperCase()}`,
    `  made       ${formatTime(slip.createdAt)} by the coordinator's clock`,
    `  addresses  ${count}`,
    `  held       ${formatAmount(totalOf(slip))} in all, as the coordinator says`,
    `  words      ${formatWords(wordsOf(digest))}`,
    ...copies.map((copy) => `  copy       "${copy}"`),
    RULE,
  ];
}

const countOf = (entries: readonly RecordEntry[], kind: RecordEntry['event']['kind']): number =>
  entries.filter(({ event }) => event.kind === kind).length;

/** The officer's screen before a recovered home may sign again. */
export function resumeScreen(
  header: HomeHeader,
  {
    entries,
    coordinatorHead,
    coordinators,
    lateBatches,
  }: {
    readonly entries: readonly RecordEntry[];
    readonly coordinatorHead: Head;
    /** Keys of those that are paired at the record's end. */
    readonly coordinators: readonly Uint8Array[];
    readonly lateBatches: readonly number[];
  },
): string[] {
  const { lastSequence, lastAlone } = logEndOf(entries);
  const last = entries.at(-1);
  return [
    RULE,
    ...practiceBanner(header),
    `TO BE TAKEN UP AGAIN: ${homeLine(header)}`,
    `  entries     1 to ${last?.number ?? 0} without a gap; the last one of ${formatTime(last?.at ?? 0)} by the lost signer's clock`,
    `  signed      ${countOf(entries, 'signed')} requests, last sequence ${lastSequence}`,
    `  alone       ${countOf(entries, 'signed-alone')} bundles signed without a request, ${countOf(entries, 'surrendered')} keys surrendered, last alone ${lastAlone}`,
    `  coordinator knows entry ${coordinatorHead.number}, its head is ${halfOfWords(wordsOf(coordinatorHead.hash))}`,
    ...coordinators.map((key) => `  paired      coordinator ${formatWords(fingerprintWords(key))}`),
    ...(lateBatches.length === 0
      ? []
      : [
          `  batches     ${lateBatches.join(', ')} came after the last entry: they are issued again`,
        ]),
    ...(last?.event.kind === 'moved-out'
      ? [
          'WARNING: this record ends HANDED OVER. A home that took it over may exist, and sign. Find it first.',
        ]
      : []),
    'What was signed and is in none of these files must be looked for BEFORE you go on: sticks, printouts,',
    'copies of officers and auditors. Your own log must name the same last sequence, spends, surrenders and pairings,',
    'and no other home of this keyring may be left that signs.',
    'Read the words from the coordinator now (GET /v1/keyrings/{id}, headWords): they prove the file is its newest.',
    RULE,
  ];
}

function schemeText(keyring: NonNullable<PairingCard['keyring']>): string {
  const { scheme, securityLevel } = keyring;
  const parameters =
    scheme.name === 'hkdf-sha512'
      ? ''
      : ` (t=${scheme.timeCost}, m=${scheme.memoryKib} KiB, p=${scheme.parallelism})`;
  return `${scheme.name}${parameters}, level ${securityLevel}`;
}

/** A card as people compare it; all eight words, or the first four where four are to be typed. */
export function cardScreen(card: PairingCard, words: 'all' | 'half'): string[] {
  const fingerprint = fingerprintWords(card.publicKey);
  return [
    ...(card.keyring === null ? [] : practiceBanner({ keyring: card.keyring })),
    `Pairing card of a ${card.role}${card.label === '' ? '' : ` "${card.label}"`}, network ${card.network}`,
    ...(card.keyring === null ? [] : [`  keyring ${card.keyring.id}, ${schemeText(card.keyring)}`]),
    `  fingerprint ${words === 'all' ? formatWords(fingerprint) : halfOfWords(fingerprint)}`,
  ];
}

/** What a home is, for status and headings. */
export function homeLine(header: HomeHeader): string {
  const network: Network = header.network;
  return `keyring ${header.keyring.id} on network ${network}, ${schemeText(header.keyring)}`;
}
