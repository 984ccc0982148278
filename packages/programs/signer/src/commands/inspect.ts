/** `inspect`: shows what a file holds and whether this home would accept it. Needs no passphrase. */
import {
  type MessageType,
  type OpenedRequest,
  openAddressBatch,
  openCustodyReceipt,
  openEnvelope,
  openPairingCard,
  openRecordExport,
  openSigningRequest,
  openSigningResponse,
  openVoidReceipt,
  openVoidRequest,
  wordsOf,
} from '@airlock/gap';
import { type Incoming, receive } from '../crossing/incoming.ts';
import { readSlips } from '../crossing/slip-files.ts';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';
import { type Addressee, reviewVoid } from '../heads.ts';
import { type Home, readHome } from '../home.ts';
import { peersOf } from '../record-state.ts';
import { reviewRequest, slipsOf } from '../review.ts';
import {
  cardScreen,
  formatWords,
  practiceBanner,
  requestScreen,
  slipScreen,
  totalsOf,
  voidScreen,
} from '../screen.ts';
import { openSlip, openSlips, reviewSlip, type SlipFile, slipName, totalOf } from '../slips.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface InspectOptions extends CommonOptions {
  readonly incoming: Incoming;
  /** Paths of custody slips, for a request that needs them. */
  readonly slips: readonly string[];
}

const addresseeOf = ({ header: { keyring, network } }: Home): Addressee => ({
  id: keyring.id,
  network,
});

/** A request whose keys are in slips that were not given: which ones, and nothing else about it. */
function needsSlips({ request, digest }: OpenedRequest, missing: readonly string[]): CommandResult {
  const { requestId, sequence } = request;
  return {
    lines: [
      `Signing request ${requestId}, sequence ${sequence}, words ${formatWords(wordsOf(digest).slice(0, 4))}`,
      'It spends addresses in custody. Bring their slips, and give each with --slip:',
      ...missing.map((each) => `  slip ${slipName(each)}, digest ${each}`),
    ],
    json: { type: 'signing-request', requestId, sequence, digest, slipsNeeded: missing },
  };
}

function inspectRequest(home: Home, file: Uint8Array, slipFiles: SlipFile[]): CommandResult {
  const { state } = home.record;
  const opened = openSigningRequest(file, peersOf(state, 'coordinator'));
  const slips = openSlips(state, addresseeOf(home), slipFiles);
  const isAnswered = state.requests.get(opened.request.sequence)?.digest === opened.digest;
  const missing = slipsOf(opened.request.bundles).filter((each) => !slips.has(each));
  if (missing.length > 0 && !isAnswered) return needsSlips(opened, missing);
  const reviewed = reviewRequest(state, addresseeOf(home), { opened, slips });
  const { request, digest } = reviewed;
  const totals = totalsOf(reviewed);
  return {
    lines: [
      ...requestScreen(home, reviewed),
      home.isRecovered || state.standing === 'moved-out'
        ? 'The request is right, but THIS HOME SIGNS NOTHING: it was recovered, or handed over.'
        : 'This signer would accept the request.',
    ],
    json: {
      type: 'signing-request',
      requestId: request.requestId,
      sequence: request.sequence,
      digest,
      digestWords: wordsOf(digest).slice(0, 4),
      spent: totals.spent.toString(),
      own: totals.own.toString(),
      cold: totals.cold.toString(),
      withdrawals: totals.withdrawals.toString(),
      bundleHashes: reviewed.bundles.map((bundle) => bundle.hash),
      slips: slipsOf(request.bundles),
      outputs: reviewed.bundles.flatMap(({ outputs }) =>
        outputs.map(({ address, amount, role }) => ({
          address,
          amount: amount.toString(),
          class: role.kind,
        })),
      ),
    },
  };
}

function inspectResponse(home: Home, file: Uint8Array): CommandResult {
  const response = openSigningResponse(file, home.header.publicKey);
  const { requestId, requestDigest, results, entries } = response;
  return {
    lines: [
      `Signing response of this signer to request ${requestId}`,
      `  words of the request ${formatWords(wordsOf(requestDigest))}`,
      `  ${results.filter((result) => result.kind === 'signed').length} of ${results.length} bundles signed, ${entries.length} record entries`,
    ],
    json: {
      type: 'signing-response',
      requestId,
      requestDigest,
      bundleHashes: results.map((result) => result.bundleHash),
      entries: entries.length,
    },
  };
}

function inspectBatch(home: Home, file: Uint8Array): CommandResult {
  const { statement } = openAddressBatch(file, home.header.publicKey);
  return {
    lines: [
      `Address batch ${statement.number} of keyring ${statement.keyringId}, network ${statement.network}`,
      `  ${statement.count} addresses, root ${statement.root}`,
    ],
    json: { type: 'address-batch', ...statement },
  };
}

function inspectCard(home: Home, file: Uint8Array): CommandResult {
  const card = openPairingCard(file);
  const isOwn = Buffer.compare(card.publicKey, home.header.publicKey) === 0;
  return {
    // Half of the words: whoever pairs is to read the others on the other side's screen.
    lines: cardScreen(card, isOwn ? 'all' : 'half'),
    json: {
      type: 'pairing-card',
      role: card.role,
      network: card.network,
      keyringId: card.keyring?.id ?? null,
    },
  };
}

function inspectVoid(home: Home, file: Uint8Array): CommandResult {
  const { state } = home.record;
  const opened = openVoidRequest(file, peersOf(state, 'coordinator'));
  const known = reviewVoid(state, addresseeOf(home), opened);
  const { requestId, sequence } = opened.request;
  return {
    lines: [
      ...voidScreen(home.header, opened),
      known === null
        ? 'This signer would void the request.'
        : `Entry ${known} of this record has voided the request.`,
    ],
    json: { type: 'void-request', requestId, sequence, digest: opened.digest, voidedBy: known },
  };
}

/** Whether each address is that of its UUID is for `custody` to say: this has no salt. */
function inspectSlip(home: Home, file: Uint8Array): CommandResult {
  const { state } = home.record;
  const { slip, digest } = openSlip(state, { source: 'the file', bytes: file });
  reviewSlip(state, addresseeOf(home), slip);
  return {
    lines: [
      ...slipScreen(home.header, { slip, digest }, []),
      'This record issued these addresses, and no key of them is used. "custody" derives them again.',
      'Whoever has this slip and the salt has the money: keep it like a key.',
    ],
    json: {
      type: 'custody-slip',
      orderId: slip.orderId,
      digest,
      digestWords: wordsOf(digest),
      count: slip.addresses.length,
      total: totalOf(slip).toString(),
    },
  };
}

function inspectCustodyReceipt(home: Home, file: Uint8Array): CommandResult {
  const receipt = openCustodyReceipt(file, home.header.publicKey);
  const { orderId, slipDigest, count, copies } = receipt;
  return {
    lines: [
      `Custody receipt of this signer for order ${orderId}: ${count} addresses`,
      `  words of the slip ${formatWords(wordsOf(slipDigest))}`,
      ...copies.map((copy) => `  copy "${copy}"`),
    ],
    json: { type: 'custody-receipt', orderId, slipDigest, count, copies },
  };
}

function inspectReceipt(home: Home, file: Uint8Array): CommandResult {
  const receipt = openVoidReceipt(file, home.header.publicKey);
  const { requestId, requestDigest, frees, entries } = receipt;
  return {
    lines: [
      `Receipt of this signer: request ${requestId} is void${frees ? '' : ', which frees nothing'}`,
      `  words of the request ${formatWords(wordsOf(requestDigest))}`,
    ],
    json: { type: 'void-receipt', requestId, requestDigest, frees, entries: entries.length },
  };
}

function inspectExport(home: Home, file: Uint8Array): CommandResult {
  const coordinators = peersOf(home.record.state, 'coordinator');
  const { head } = openRecordExport(file, home.header.publicKey, coordinators);
  return {
    lines: [
      `Record of this signer: ${head.number} entries, head ${head.hash}`,
      `  words of its head ${formatWords(wordsOf(head.hash))}`,
    ],
    json: { type: 'record-export', head },
  };
}

export async function inspect(
  environment: Environment,
  options: InspectOptions,
): Promise<CommandResult> {
  const home = readHome(environment.disk, options.home);
  const slipFiles = readSlips(environment, options.slips);
  const file = await receive(environment, options.incoming, openEnvelope);
  const type: MessageType = openEnvelope(file).type;
  const inspectors: Partial<Record<MessageType, () => CommandResult>> = {
    'pairing-card': () => inspectCard(home, file),
    'address-batch': () => inspectBatch(home, file),
    'signing-request': () => inspectRequest(home, file, slipFiles),
    'signing-response': () => inspectResponse(home, file),
    'void-request': () => inspectVoid(home, file),
    'void-receipt': () => inspectReceipt(home, file),
    'custody-slip': () => inspectSlip(home, file),
    'custody-receipt': () => inspectCustodyReceipt(home, file),
    'record-export': () => inspectExport(home, file),
  };
  const inspector = inspectors[type];
  if (inspector === undefined)
    throw new SignerError(
      'file_invalid',
      `expected a message that crosses by itself, got ${type}, which stands inside others`,
      { next: 'inspect the file that it came in' },
    );
  const result = inspector();
  const banner = practiceBanner(home.header);
  const rest = result.lines.filter((line) => !banner.includes(line));
  return { ...result, lines: [...banner, ...rest] };
}
