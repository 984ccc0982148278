/** `addresses` makes a batch: draws UUIDs, derives, records them as issued, writes the signed batch. */
import {
  BATCH_ADDRESSES_MAX,
  type IssuedAddress,
  leavesOf,
  merkleRoot,
  sealAddressBatch,
} from '@airlock/gap';
import { bytesToUuid, type SecurityLevel, UUID_BYTES } from '@airlock/protocol';
import {
  assertDeliverable,
  deliver,
  type Outgoing,
  placeOf,
  placeText,
} from '../crossing/outgoing.ts';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';
import { type OpenHome, readPassphraseOf, recordPath, withHolder, withOpenHome } from '../home.ts';
import { deriveAddressOf, materialOf } from '../keyring.ts';
import { appendEntry } from '../record-store.ts';
import { practiceBanner } from '../screen.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface AddressesOptions extends CommonOptions {
  readonly outgoing: Outgoing;
  /** New addresses to make; or null to write batch `batch` again. */
  readonly count: number | null;
  readonly batch: number | null;
}

async function derive(
  environment: Environment,
  home: OpenHome,
  count: number,
): Promise<IssuedAddress[]> {
  const { random, terminal } = environment;
  const material = materialOf(environment, home);
  const { securityLevel } = home.header.keyring;
  const addresses: IssuedAddress[] = [];
  const drawn = new Set<string>();
  while (addresses.length < count) {
    const uuid = bytesToUuid(random(UUID_BYTES));
    if (home.record.state.issued.has(uuid) || drawn.has(uuid)) {
      throw new SignerError('derivation_mismatch', 'the random source repeated itself', {
        next: 'this machine draws no good random numbers: stop using it',
      });
    }
    const address = await deriveAddressOf(material, uuid, securityLevel);
    drawn.add(uuid);
    addresses.push({ uuid, address, securityLevel });
    terminal.progress(addresses.length, count);
  }
  return addresses;
}

async function makeBatch(
  environment: Environment,
  home: OpenHome,
  count: number,
): Promise<{ number: number; addresses: readonly IssuedAddress[] }> {
  const addresses = await derive(environment, home, count);
  const number = home.record.state.batches.length + 1;
  appendEntry({
    disk: environment.disk,
    folder: recordPath(home.path),
    loaded: home.record,
    at: environment.now(),
    event: { kind: 'issued', batch: number, count, root: merkleRoot(leavesOf(addresses)) },
    addresses,
    identity: home.identity,
  });
  return { number, addresses };
}

function findBatch(
  home: OpenHome,
  number: number,
): { number: number; addresses: readonly IssuedAddress[] } {
  const addresses = home.record.state.batches[number - 1];
  if (addresses !== undefined) return { number, addresses };
  throw new SignerError('batch_unknown', `this record has no batch ${number}`, {
    next: `batches 1 to ${home.record.state.batches.length} exist`,
  });
}

export async function addresses(
  environment: Environment,
  options: AddressesOptions,
): Promise<CommandResult> {
  const { count, batch, outgoing, home: path } = options;
  if ((count === null) === (batch === null)) {
    throw new SignerError('usage', 'expected either --count (new addresses) or --batch (again)', {
      next: 'see "airlock-signer addresses --help"',
    });
  }
  if (count !== null && !(Number.isInteger(count) && count >= 1 && count <= BATCH_ADDRESSES_MAX)) {
    throw new SignerError(
      'usage',
      `expected --count of 1 to ${BATCH_ADDRESSES_MAX}, got ${count}`,
      {
        next: 'repeat the command with another count',
      },
    );
  }
  assertDeliverable(environment, outgoing, options.home);
  // A new batch never equals a file that is there: no addresses are used up to find that out.
  const out = placeOf(outgoing);
  if (count !== null && out !== null && environment.disk.exists(out)) {
    throw new SignerError('file_exists', `${out} exists`, { next: 'choose another name' });
  }
  const passphrase = await readPassphraseOf(environment, options);
  return withHolder(environment, { path, passphrase }, async (home) => {
    const made =
      count === null ? findBatch(home, batch ?? 0) : await makeBatch(environment, home, count);
    const { keyring, network } = home.header;
    const file = sealAddressBatch({
      ...made,
      keyringId: keyring.id,
      network,
      identity: home.identity,
    });
    await deliver(environment, outgoing, { file, home: path });
    return {
      lines: [
        ...practiceBanner(home.header),
        `Batch ${made.number} with ${made.addresses.length} addresses of keyring ${keyring.id} ${placeText(outgoing)}.`,
      ],
      json: {
        file: placeOf(outgoing),
        keyringId: keyring.id,
        batch: made.number,
        count: made.addresses.length,
        practice: keyring.practice,
      },
    };
  });
}

export interface DeriveOptions extends CommonOptions {
  readonly uuid: string;
  readonly security: SecurityLevel | undefined;
}

/** `derive` shows the address of one UUID; it records nothing and signs nothing. */
export async function deriveOne(
  environment: Environment,
  options: DeriveOptions,
): Promise<CommandResult> {
  const passphrase = await readPassphraseOf(environment, options);
  return withOpenHome(environment, { path: options.home, passphrase }, async (home) => {
    const securityLevel = options.security ?? home.header.keyring.securityLevel;
    const material = materialOf(environment, home);
    const address = await deriveAddressOf(material, options.uuid, securityLevel);
    const json = { uuid: options.uuid, address, securityLevel };
    return { lines: [...practiceBanner(home.header), JSON.stringify(json)], json };
  });
}
