/**
 * The audit: every file by itself, cards first, since they say whose signatures count; then what all
 * files say together; then the one-time signatures, which take the time.
 */
import {
  type Envelope,
  type MessageType,
  type PairingCard,
  type Role,
  verifyEnvelope,
} from '@airlock/gap';
import { Cards } from './cards.ts';
import type { Context, FileFacts, WotsJob } from './context.ts';
import type { AddFinding, Finding } from './findings.ts';
import { Chains } from './ledgers/chains.ts';
import type { IsFreed } from './ledgers/hash-uses.ts';
import { LedgerOfBatches } from './ledgers/ledger-of-batches.ts';
import { LedgerOfHomes } from './ledgers/ledger-of-homes.ts';
import { LedgerOfKeys } from './ledgers/ledger-of-keys.ts';
import { LedgerOfPayments } from './ledgers/ledger-of-payments.ts';
import { LedgerOfPeers } from './ledgers/ledger-of-peers.ts';
import { LedgerOfRecords } from './ledgers/ledger-of-records.ts';
import { LedgerOfVoids } from './ledgers/ledger-of-voids.ts';
import { OwnOutputs } from './ledgers/own-outputs.ts';
import { Standing } from './ledgers/standing.ts';
import { checkSurrender } from './ledgers/surrenders.ts';
import { verifyBatch } from './messages/verify-batch.ts';
import { verifyCustodyReceipt, verifyCustodySlip } from './messages/verify-custody.ts';
import { verifyRecord } from './messages/verify-record.ts';
import { verifyRequest } from './messages/verify-request.ts';
import { verifyResponse } from './messages/verify-response.ts';
import { signerOfSpend, verifySpend } from './messages/verify-spend.ts';
import { verifyVoidReceipt, verifyVoidRequest } from './messages/verify-void.ts';
import {
  addGapError,
  type FileType,
  type Opened,
  type OpenedMessage,
  type OpenedSpend,
  openFile,
  type PartialReport,
} from './open-file.ts';
import { printable } from './printable.ts';
import type { InputFile } from './read-files.ts';
import { verifyWots } from './wots.ts';

export interface FileReport extends FileFacts {
  readonly path: string;
  readonly type: FileType | 'unknown';
  readonly verdict: 'ok' | 'findings' | 'skipped';
}

export interface AuditTotals {
  readonly files: number;
  readonly findings: number;
  readonly keys: number;
  /** Keys for which a signer's word or a response shows a signature. */
  readonly keysSigned: number;
  readonly withdrawals: number;
  readonly entries: number;
  /** Requests that will never be signed. */
  readonly voids: number;
  readonly signaturesVerified: number;
}

export interface AuditResult {
  readonly verdict: 'ok' | 'findings';
  readonly files: readonly FileReport[];
  readonly findings: readonly Finding[];
  readonly totals: AuditTotals;
}

export interface AuditOptions {
  /** Words of the only cards to be believed; null believes every card. */
  readonly trusted: readonly string[] | null;
  /** Called after each one-time signature. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** The order in which types are checked: each needs what those before it say. */
const ORDER: readonly FileType[] = [
  'pairing-card',
  'address-batch',
  'address-batch-statement',
  'record-export',
  'custody-slip',
  'spend',
  'signing-request',
  'void-request',
  'signing-response',
  'void-receipt',
  'custody-receipt',
];

/** Whose signature each type must bear; a record export is the signer's or kept by a coordinator. */
const SIGNED_BY: Readonly<Record<Exclude<MessageType, 'pairing-card'>, readonly Role[]>> = {
  'address-batch': ['signer'],
  'address-batch-statement': ['signer'],
  'record-export': ['signer', 'coordinator'],
  'signing-request': ['coordinator'],
  'void-request': ['coordinator'],
  'signing-response': ['signer'],
  'void-receipt': ['signer'],
  'custody-slip': ['coordinator'],
  'custody-receipt': ['signer'],
};

function verifyCard(file: InputFile, context: Context): FileFacts {
  const { card, words, notes } = context.cards.take(file, context.add);
  const practice = card.keyring?.practice === true ? ', FOR PRACTICE' : '';
  const holds = `card of a ${card.role} on ${card.network}${practice}, label "${card.label}"`;
  return { keyringId: card.keyring?.id ?? null, holds, notes, words };
}

function verifyStatement(envelope: Envelope, card: PairingCard): FileFacts {
  verifyEnvelope(envelope, [card.publicKey]);
  const keyringId = card.keyring?.id ?? null;
  const holds = 'statement of a batch without its addresses: signature checked, nothing else';
  return { keyringId, holds, notes: [] };
}

function verifySigned(
  { file, envelope }: OpenedMessage,
  cards: readonly [PairingCard, ...PairingCard[]],
  context: Context,
): FileFacts {
  const [card] = cards;
  switch (envelope.type) {
    case 'address-batch':
      return verifyBatch(file, card, context);
    case 'record-export':
      return verifyRecord(file, cards, context);
    case 'signing-request':
      return verifyRequest(file, cards, context);
    case 'signing-response':
      return verifyResponse(file, card, context);
    case 'void-request':
      return verifyVoidRequest(file, cards, context);
    case 'void-receipt':
      return verifyVoidReceipt(file, card, context);
    case 'address-batch-statement':
      return verifyStatement(envelope, card);
    case 'custody-slip':
      return verifyCustodySlip(file, cards, context);
    case 'custody-receipt':
      return verifyCustodyReceipt(file, card, context);
    case 'pairing-card':
      throw new RangeError('a card is verified by its own key');
  }
}

/** What a message holds, or null with a finding if it is not signed by whom it should be. */
function verifyMessage(message: OpenedMessage, context: Context): FileFacts | null {
  const { file, envelope } = message;
  if (envelope.type === 'pairing-card') return verifyCard(file, context);
  const signed = context.cards.signedBy(envelope, SIGNED_BY[envelope.type]);
  if (signed.kind === 'known') return verifySigned(message, signed.cards, context);
  context.add({ code: signed.code, file: file.path, message: signed.message });
  return null;
}

/** The same of a spend, which names no key: any signer's card may show it. */
function verifyAlone({ file, spend: read }: OpenedSpend, context: Context): FileFacts | null {
  const card = signerOfSpend(read, context);
  if (card !== null) return verifySpend(file, { read, card }, context);
  const count = context.cards.signers().length;
  const message = `expected its record entries to be signed by the key on the card of a signer; none of the ${count} cards of signers given shows it: bring the card, or another copy of the file if it was changed`;
  context.add({ code: 'card_missing', file: file.path, message });
  return null;
}

function verifyOpened(opened: Opened, context: Context): PartialReport {
  const { file, type } = opened;
  const report = { path: file.path, type } as const;
  const refused = { ...report, keyringId: null, holds: 'refused, not looked into', notes: [] };
  try {
    const facts =
      opened.type === 'spend' ? verifyAlone(opened, context) : verifyMessage(opened, context);
    return facts === null ? refused : { ...report, ...facts };
  } catch (error) {
    addGapError(error, file, context);
    return refused;
  }
}

function runWots(jobs: readonly WotsJob[], context: Context, options: AuditOptions): void {
  for (const [index, job] of jobs.entries()) {
    if (verifyWots(job)) job.onVerified?.();
    else {
      const message = `${job.where}: the signature over ${job.bundleHash} does not resolve to ${job.address}`;
      context.add({ code: 'wots_invalid', file: job.file, message });
    }
    options.onProgress?.(index + 1, jobs.length);
  }
}

function finish(reports: readonly PartialReport[], findings: readonly Finding[]): FileReport[] {
  const faulty = new Set(findings.flatMap(({ file, otherFile }) => [file, otherFile]));
  const listed = new Set(reports.map(({ path }) => path));
  // Files that could not even be read have a finding but no report yet.
  const unread = [...new Set(findings.map(({ file }) => file))].filter((path) => !listed.has(path));
  return [
    ...unread.map(
      (path) => ({ path, type: 'unknown', keyringId: null, holds: 'not read' }) as const,
    ),
    ...reports,
  ].map((report): FileReport => {
    const { isSkipped, ...rest } = { notes: [], isSkipped: undefined, ...report };
    const verdict = faulty.has(report.path) ? 'findings' : isSkipped ? 'skipped' : 'ok';
    return { ...rest, verdict };
  });
}

function createContext(add: AddFinding, { trusted }: AuditOptions): Context {
  return {
    add,
    cards: new Cards(trusted),
    keys: new LedgerOfKeys(),
    payments: new LedgerOfPayments(),
    records: new LedgerOfRecords(add),
    chains: new Chains(),
    homes: new LedgerOfHomes(),
    peers: new LedgerOfPeers(),
    batches: new LedgerOfBatches(),
    voids: new LedgerOfVoids(),
    ownOutputs: new OwnOutputs(),
    requests: new Map(),
    slips: new Map(),
    voidRequests: new Map(),
    wotsJobs: [],
  };
}

/** What each entry means after those before it on its branch, and what no entry says. */
function checkChains(context: Context): void {
  const { add, chains, homes, peers, batches, ownOutputs, requests } = context;
  chains.follow((isComplete) => {
    const standing = new Standing(isComplete, (root) => batches.isGiven(root));
    return (known, before) => {
      homes.check(known, { before, standing }, add);
      peers.check(known, standing, add);
      batches.check(known, standing, add);
      ownOutputs.checkAlone(known, standing, { requests, add });
      checkSurrender(known, standing, add);
      const undo = standing.apply(known.entry.event);
      homes.checkAnswers(known, standing, add);
      return undo;
    };
  });
  batches.checkBatches(add);
}

/** What all files say together, when each has been looked into. */
function checkTogether(
  context: Context,
  options: AuditOptions,
): Omit<AuditTotals, 'files' | 'findings'> {
  const { add, records, voids, wotsJobs } = context;
  const requests = [...context.requests.values()];
  for (const { request, file } of [...requests, ...context.voidRequests.values()]) {
    records.checkHead({ keyringId: request.keyringId, file }, request.expectedHead);
  }
  context.ownOutputs.check(requests, add);
  checkChains(context);
  const voidCount = voids.check(context.requests, add);
  runWots(wotsJobs, context, options);
  const isFreed: IsFreed = (use) => voids.isFreed(use);
  const { keys, signed } = context.keys.check(add, isFreed);
  const withdrawals = context.payments.check(add, isFreed);
  return {
    keys,
    keysSigned: signed,
    withdrawals,
    entries: records.entryCount,
    voids: voidCount,
    signaturesVerified: wotsJobs.length,
  };
}

/**
 * Audits files.
 * @param readFindings what was found while reading them
 */
export function audit(
  files: readonly InputFile[],
  readFindings: readonly Finding[],
  options: AuditOptions,
): AuditResult {
  const findings: Finding[] = [...readFindings];
  const add = (finding: Finding): void => {
    findings.push({ ...finding, message: printable(finding.message) });
  };
  const context = createContext(add, options);
  const seen = new Map<string, string>();
  const looked = files.map((file) => openFile(file, seen, context));
  const opened = looked.filter((item): item is Opened => 'file' in item);
  const reports = looked.filter((item): item is PartialReport => !('file' in item));
  for (const type of ORDER) {
    for (const item of opened.filter((each) => each.type === type)) {
      reports.push(verifyOpened(item, context));
    }
  }
  const totals = checkTogether(context, options);
  const reported = finish(reports, findings);
  return {
    verdict: findings.length === 0 ? 'ok' : 'findings',
    files: reported,
    findings,
    totals: { files: reported.length, findings: findings.length, ...totals },
  };
}
