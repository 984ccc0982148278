/**
 * `surrender`: for an operator who must take a seed to another wallet. The key is recorded as never to
 * sign here again, synced; only then is its seed shown, on the terminal alone.
 */
import { uuidCommitment } from '@airlock/gap';
import { addressOfSeed, deriveSeed, wordsToTrytes } from '@airlock/protocol';
import { keepAlone } from '../alone-store.ts';
import { confirmAddresses } from '../confirmation.ts';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';
import {
  type OpenHome,
  readHomeHeader,
  readPassphraseOf,
  recordEvent,
  withHolder,
} from '../home.ts';
import { derivationMismatch } from '../keyring.ts';
import { assertOffline } from '../machine.ts';
import { countAlone, type RecordState } from '../record-state.ts';
import { practiceBanner } from '../screen.ts';
import { seedScreen, surrenderScreen } from '../screen-alone.ts';
import { reviewSurrender, type SurrenderedKey } from '../surrender.ts';
import { recordNetwork } from './answering.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface SurrenderOptions extends CommonOptions {
  /** 81 trytes. */
  readonly address: string;
  /** The address's last group. */
  readonly confirm?: string | undefined;
  readonly acceptNetwork: boolean;
}

/** Cells that the seed's screen needs. */
const COLUMNS_MIN = 80;
const ROWS_MIN = 10;
const END_KEYS = ['q', '\u0003'];

/** Refuses before anything is recorded where the seed could not be shown to a person. */
function assertShown({ terminal }: Environment): void {
  const size = terminal.size();
  const next = 'run the command in a terminal of 80 columns: a seed is never written to a file';
  if (size === null) {
    throw new SignerError('terminal_required', 'a seed is shown in a terminal, and there is none', {
      next,
    });
  }
  if (size.columns < COLUMNS_MIN || size.rows < ROWS_MIN) {
    throw new SignerError(
      'terminal_too_small',
      `this terminal has ${size.columns}×${size.rows} characters, the seed's screen needs ${COLUMNS_MIN}×${ROWS_MIN}`,
      { next },
    );
  }
}

async function seedOf(
  { argon2 }: Environment,
  home: OpenHome,
  { uuid, address, securityLevel }: SurrenderedKey,
): Promise<Uint8Array> {
  const { keyring, network } = home.header;
  const { salt } = home.secret;
  const seed = await deriveSeed({ scheme: keyring.scheme, network, salt, uuid, argon2 });
  if (addressOfSeed(seed, securityLevel) === address) return seed;
  seed.fill(0);
  throw derivationMismatch(address);
}

async function show(
  { terminal }: Environment,
  seed: Uint8Array,
  { address, securityLevel }: SurrenderedKey,
): Promise<void> {
  try {
    terminal.paint(seedScreen({ seed: wordsToTrytes(seed), address, level: securityLevel }));
    for (let key: string | null = null; !END_KEYS.includes(key ?? ''); ) {
      key = await terminal.key(Number.POSITIVE_INFINITY);
    }
  } finally {
    terminal.paint(null);
  }
}

/**
 * Records that the key is given away, if that is new, and keeps the entry beside the record: each time,
 * for the first time may have failed in between.
 */
function recordSurrender(
  environment: Environment,
  home: OpenHome,
  { uuid, isAgain }: SurrenderedKey,
): RecordState {
  const commitment = uuidCommitment(uuid);
  const { record } = isAgain
    ? home
    : recordEvent(environment, home, { kind: 'surrendered', commitment });
  const entryNumber = record.state.surrendered.get(commitment) ?? 0;
  const entry = record.state.entries[entryNumber - 1];
  if (entry === undefined) throw new TypeError('expected the entry that was written');
  keepAlone(environment.disk, home.path, { entryNumber, entry, answer: null });
  return record.state;
}

/** What the log takes of it. */
function logOf(
  state: RecordState,
  { uuid, address }: SurrenderedKey,
): { readonly entry: number | undefined; readonly alone: number; readonly line: string } {
  const entry = state.surrendered.get(uuidCommitment(uuid));
  const alone = countAlone(state, entry);
  return {
    entry,
    alone,
    line: `For your log: alone ${alone}, entry ${entry}: surrendered ${address}.`,
  };
}

async function giveAway(
  environment: Environment,
  home: OpenHome,
  { options, hasNetwork }: { options: SurrenderOptions; hasNetwork: boolean },
): Promise<CommandResult> {
  const { keyring, network } = home.header;
  const key = reviewSurrender(home.record.state, options.address);
  const { address, isAgain } = key;
  for (const line of surrenderScreen(home, key)) environment.terminal.note(line);
  const given = options.confirm;
  await confirmAddresses(environment, { addresses: [address], network, given });
  const seed = await seedOf(environment, home, key);
  let log: ReturnType<typeof logOf>;
  try {
    const ready = recordNetwork(environment, home, { hasNetwork });
    const recorded = recordSurrender(environment, ready, key);
    log = logOf(recorded, key);
    // A process that is ended while the seed stands there says nothing more.
    environment.terminal.note(log.line);
    await show(environment, seed, key);
  } finally {
    seed.fill(0);
  }
  const { entry, alone, line } = log;
  return {
    lines: [
      ...practiceBanner(home.header),
      `The seed of ${address.slice(0, 18)}… was shown. Its key never signs here again.`,
      line,
      ...(isAgain
        ? []
        : [
            'Only this home and your log know of that entry: back up the home, and write its record out ("record --out FILE") now.',
          ]),
    ],
    json: {
      address,
      entry,
      alone,
      alreadySurrendered: isAgain,
      practice: keyring.practice,
    },
  };
}

export async function surrender(
  environment: Environment,
  options: SurrenderOptions,
): Promise<CommandResult> {
  const { home: path, acceptNetwork } = options;
  const { network } = readHomeHeader(environment.disk, path).header;
  const hasNetwork = assertOffline(environment, { network, acceptNetwork });
  assertShown(environment);
  const passphrase = await readPassphraseOf(environment, options);
  return withHolder(environment, { path, passphrase }, (home) =>
    giveAway(environment, home, { options, hasNetwork }),
  );
}
