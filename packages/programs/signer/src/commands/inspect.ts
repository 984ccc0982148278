/** `inspect`: shows what a file holds and whether this home would accept it. Needs no passphrase. */
import {
  GapError,
  type MessageType,
  openAddressBatch,
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
import type { Environment } from '../environment.ts';
import { reviewVoid } from '../heads.ts';
import { type Home, readHome } from '../home.ts';
import { peersOf } from '../record-state.ts';
import { reviewRequest } from '../review.ts';
import {
  cardScreen,
  formatWords,
  practiceBanner,
  requestScreen,
  totalsOf,
  voidScreen,
} from '../screen.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface InspectOptions extends CommonOptions {
  readonly incoming: Incoming;
}

function inspectRequest(home: Home, file: Uint8Array): CommandResult {
  const { state } = home.record;
  const opened = openSigningRequest(file, peersOf(state, 'coordinator'));
  const { keyring, network } = home.header;
  const reviewed = reviewRequest(state, { id: keyring.id, network }, opened);
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
  const { keyring, network } = home.header;
  const opened = openVoidRequest(file, peersOf(state, 'coordinator'));
  const known = reviewVoid(state, { id: keyring.id, network }, opened);
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
  const file = await receive(environment, options.incoming, openEnvelope);
  const type: MessageType = openEnvelope(file).type;
  const inspectors: Partial<Record<MessageType, () => CommandResult>> = {
    'pairing-card': () => inspectCard(home, file),
    'address-batch': () => inspectBatch(home, file),
    'signing-request': () => inspectRequest(home, file),
    'signing-response': () => inspectResponse(home, file),
    'void-request': () => inspectVoid(home, file),
    'void-receipt': () => inspectReceipt(home, file),
    'record-export': () => inspectExport(home, file),
  };
  const inspector = inspectors[type];
  if (inspector === undefined)
    throw new GapError('type_unexpected', `a ${type} is no file of its own`);
  const result = inspector();
  const banner = practiceBanner(home.header);
  const rest = result.lines.filter((line) => !banner.includes(line));
  return { ...result, lines: [...banner, ...rest] };
}
