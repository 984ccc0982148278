/** `status` and `record`: what this signer is and what its record says. */
import {
  EMPTY_HEAD,
  fingerprintWords,
  openEntry,
  type RecordEntry,
  sealRecordExport,
  wordsOf,
} from '@airlock/gap';
import {
  assertDeliverable,
  deliver,
  type Outgoing,
  placeOf,
  placeText,
} from '../crossing/outgoing.ts';
import type { Environment } from '../environment.ts';
import { type Home, readHome, readPassphraseOf, withOpenHome } from '../home.ts';
import { countAlone } from '../record-state.ts';
import { formatTime, formatWords, homeLine, practiceBanner } from '../screen.ts';
import type { CommandResult, CommonOptions } from './result.ts';

const STANDINGS = {
  holder: 'holds the record: it may sign',
  'moved-out': 'HANDED OVER: it signs nothing any more',
  recovered: 'RECOVERED from a backup: it signs nothing before "resume"',
} as const;

export function status(environment: Environment, options: CommonOptions): CommandResult {
  const home = readHome(environment.disk, options.home);
  const { header, record } = home;
  const { state } = record;
  const standing = home.isRecovered ? 'recovered' : state.standing;
  const peers = [...state.peers].map(([publicKey, { role }]) => ({ role, publicKey }));
  return {
    lines: [
      ...practiceBanner(header),
      homeLine(header),
      `  fingerprint ${formatWords(fingerprintWords(header.publicKey))}`,
      `  standing    ${STANDINGS[standing]} (epoch ${state.epoch})`,
      `  record      ${state.head.number} entries, head ${state.head.hash.slice(0, 16)}… = ${formatWords(wordsOf(state.head.hash))}`,
      `  addresses   ${state.issued.size} issued in ${state.batches.length} batches`,
      `  signed      ${state.signedKeys.size} keys in ${state.signedBundles.size} bundles, last sequence ${state.lastSequence}`,
      ...(state.signedAlone.size + state.surrendered.size === 0
        ? []
        : [
            `  alone       ${state.signedAlone.size} bundles signed without a request, ${state.surrendered.size} keys surrendered, last alone ${countAlone(state)}`,
          ]),
      ...(state.networkAcceptedAt === null
        ? []
        : [`  network     was up and accepted (entry ${state.networkAcceptedAt})`]),
      ...peers.map(({ role, publicKey }) => `  paired      ${role} ${publicKey}`),
    ],
    json: {
      keyringId: header.keyring.id,
      network: header.network,
      scheme: header.keyring.scheme,
      securityLevel: header.keyring.securityLevel,
      practice: header.keyring.practice,
      publicKey: Buffer.from(header.publicKey).toString('hex'),
      standing,
      epoch: state.epoch,
      networkAccepted: state.networkAcceptedAt !== null,
      head: state.head,
      headWords: wordsOf(state.head.hash),
      issued: state.issued.size,
      batches: state.batches.length,
      signedKeys: state.signedKeys.size,
      signedBundles: state.signedBundles.size,
      lastSequence: state.lastSequence,
      signedAlone: state.signedAlone.size,
      surrendered: state.surrendered.size,
      lastAlone: countAlone(state),
      peers,
    },
  };
}

function describe({ event }: RecordEntry): string {
  switch (event.kind) {
    case 'opened':
      return `opened keyring ${event.keyring.id} on network ${event.network}`;
    case 'paired':
      return `paired a ${event.role}`;
    case 'revoked':
      return `revoked ${Buffer.from(event.publicKey).toString('hex').slice(0, 16)}…`;
    case 'issued':
      return `issued batch ${event.batch} with ${event.count} addresses`;
    case 'signed':
      return `signed ${event.verdicts.length} bundles of request ${event.requestId}, sequence ${event.sequence}`;
    case 'voided':
      return `voided request ${event.requestId}, sequence ${event.sequence}${event.frees ? '' : ' (frees nothing)'}`;
    case 'moved-out':
      return `handed over to the home of epoch ${event.epoch}`;
    case 'moved-in':
      return `taken over by the home of epoch ${event.epoch}`;
    case 'resumed':
      return `taken up again by the home of epoch ${event.epoch}`;
    case 'network-accepted':
      return 'used with a network from here on';
    case 'signed-alone':
      return `signed bundle ${event.verdict.bundleHash} alone, without a request`;
    case 'surrendered':
      return `gave away the seed of key ${event.commitment.slice(0, 16)}…`;
  }
}

function entriesOf({ header, record }: Home): RecordEntry[] {
  let head = EMPTY_HEAD;
  return record.state.entries.map((sealed) => {
    const opened = openEntry(sealed, head, header.publicKey);
    head = opened.head;
    return opened.entry;
  });
}

export interface RecordOptions extends CommonOptions {
  /** Where the signed export goes; null only lists. */
  readonly outgoing: Outgoing | null;
}

/** Lists the record's entries; with `out`, also writes the signed export for the auditor. */
export async function record(
  environment: Environment,
  options: RecordOptions,
): Promise<CommandResult> {
  const { outgoing } = options;
  const home = readHome(environment.disk, options.home);
  const entries = entriesOf(home);
  if (outgoing !== null) {
    assertDeliverable(environment, outgoing, options.home);
    const passphrase = await readPassphraseOf(environment, options);
    await withOpenHome(environment, { path: options.home, passphrase }, async (open) => {
      const { keyring, network } = open.header;
      const exported = { keyringId: keyring.id, network, entries: open.record.state.entries };
      const file = sealRecordExport(exported, open.identity);
      await deliver(environment, outgoing, { file, home: open.path });
    });
  }
  const rows = entries.map((entry) => ({
    number: entry.number,
    at: formatTime(entry.at),
    kind: entry.event.kind,
    text: describe(entry),
  }));
  return {
    lines: [
      ...practiceBanner(home.header),
      homeLine(home.header),
      ...rows.map((row) => `${String(row.number).padStart(6)}  ${row.at}  ${row.text}`),
      ...(outgoing === null ? [] : [`The signed record ${placeText(outgoing)}.`]),
    ],
    json: {
      head: home.record.state.head,
      entries: rows,
      ...(outgoing === null ? {} : { file: placeOf(outgoing) }),
    },
  };
}
