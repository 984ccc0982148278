/** `init`: a new signer: its salt (drawn or imported), its identity, and the first entry of its record. */
import { createIdentity, type KeyringDescription, PRIVATE_KEY_BYTES } from '@airlock/gap';
import {
  assertSalt,
  assertScheme,
  defaultScheme,
  type Network,
  ProtocolError,
  type Scheme,
  type SchemeName,
  type SecurityLevel,
} from '@airlock/protocol';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';
import { recordPath, requestsFolder, secretPath } from '../home.ts';
import { keyringIdOf } from '../keyring.ts';
import { assertMemoryStays } from '../machine.ts';
import { assertNewHome, buildHome } from '../new-home.ts';
import { chooseNewPassphrase, readSecretFile } from '../passphrase.ts';
import { appendEntry, EMPTY_RECORD } from '../record-store.ts';
import { cardScreen } from '../screen.ts';
import { SALT_BYTES_MAX, sealSecret } from '../sealed-secret.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface InitOptions extends CommonOptions {
  readonly network: Network;
  readonly scheme: SchemeName | undefined;
  readonly saltFile: string | undefined;
  readonly security: SecurityLevel;
  readonly practice: boolean;
  readonly label: string;
  readonly argon2: {
    readonly timeCost: number | undefined;
    readonly memoryKib: number | undefined;
    readonly parallelism: number | undefined;
  };
}

const DRAWN_SALT_BYTES = 32;

function chooseScheme({ scheme: name, saltFile, argon2 }: InitOptions): Scheme {
  const scheme = defaultScheme(name ?? (saltFile === undefined ? 'hkdf-sha512' : 'hub-argon2id'));
  const given = Object.values(argon2).some((value) => value !== undefined);
  if (scheme.name === 'hkdf-sha512') {
    if (given) {
      throw new SignerError('usage', 'scheme hkdf-sha512 has no Argon2 parameters', {
        next: 'leave them out, or choose --scheme hub-argon2id',
      });
    }
    return scheme;
  }
  const chosen = {
    ...scheme,
    timeCost: argon2.timeCost ?? scheme.timeCost,
    memoryKib: argon2.memoryKib ?? scheme.memoryKib,
    parallelism: argon2.parallelism ?? scheme.parallelism,
  };
  assertScheme(chosen);
  return chosen;
}

function chooseSalt(environment: Environment, options: InitOptions, scheme: Scheme): Uint8Array {
  const { saltFile } = options;
  if (saltFile === undefined) return environment.random(DRAWN_SALT_BYTES);
  const salt = readSecretFile(environment, saltFile);
  if (salt.length === 0) {
    throw new SignerError('salt_empty', `${saltFile} holds no salt`, { next: 'check the file' });
  }
  if (scheme.name === 'hkdf-sha512') {
    throw new SignerError('salt_invalid', 'scheme hkdf-sha512 takes only a salt that it drew', {
      next: 'leave out --salt-file, or use the scheme that the salt was made for (hub-argon2id)',
    });
  }
  if (salt.length > SALT_BYTES_MAX) {
    throw new SignerError('salt_invalid', `a salt has at most ${SALT_BYTES_MAX} bytes`, {
      next: 'check the file',
    });
  }
  try {
    assertSalt(scheme, salt);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new SignerError('salt_invalid', cause.message, { next: 'check the file', cause });
  }
  return salt;
}

interface HomeParts {
  readonly keyring: KeyringDescription;
  readonly salt: Uint8Array;
  readonly passphrase: Uint8Array;
}

/** Fills a folder with the sealed secret and the record's first entry; the identity's public key. */
async function fillHome(
  { disk, random, now, argon2 }: Environment,
  folder: string,
  { network, keyring, salt, passphrase }: HomeParts & { readonly network: Network },
): Promise<Uint8Array> {
  const identityKey = random(PRIVATE_KEY_BYTES);
  const identity = createIdentity(identityKey);
  const { publicKey } = identity;
  for (const path of [folder, requestsFolder(folder), recordPath(folder)]) disk.makeFolder(path);
  const header = { keyring, network, publicKey };
  const secret = { salt, identityKey };
  disk.replace(
    secretPath(folder),
    await sealSecret({ header, secret, passphrase, random, argon2 }),
  );
  identityKey.fill(0);
  appendEntry({
    disk,
    folder: recordPath(folder),
    loaded: EMPTY_RECORD,
    at: now(),
    event: { kind: 'opened', keyring, network, publicKey },
    addresses: [],
    identity,
  });
  return publicKey;
}

/** Who names a scheme of Hub's may think that Hub's salt comes with it. */
function drawnSaltLines({ saltFile }: InitOptions, scheme: Scheme): string[] {
  if (saltFile !== undefined || scheme.name === 'hkdf-sha512') return [];
  return [
    "A new salt was drawn: it is NOT YOUR HUB'S, and Hub's addresses do not follow from it. To take that over, destroy this folder and give --salt-file.",
  ];
}

export async function init(environment: Environment, options: InitOptions): Promise<CommandResult> {
  const { disk } = environment;
  assertNewHome(disk, options.home);
  if (options.practice && options.network !== 'private') {
    throw new SignerError('practice_only', 'a practice signer works on network private only', {
      next: 'leave out --practice, or give --network private',
    });
  }
  const scheme = chooseScheme(options);
  assertMemoryStays(environment, options.network);
  const salt = chooseSalt(environment, options, scheme);
  const passphrase = await chooseNewPassphrase(environment, options.passphraseFile);
  try {
    const keyring = {
      id: await keyringIdOf({ scheme, salt, argon2: environment.argon2 }),
      scheme,
      securityLevel: options.security,
      practice: options.practice,
    };
    const { network, label } = options;
    const publicKey = await buildHome(environment, options.home, (folder) =>
      fillHome(environment, folder, { keyring, salt, passphrase, network }),
    );
    return {
      lines: [
        ...cardScreen({ role: 'signer', publicKey, network, label, keyring }, 'all'),
        `A new signer is in ${options.home}.`,
        ...drawnSaltLines(options, scheme),
        'Back up this folder now, and write the passphrase down where the folder is not.',
      ],
      json: {
        home: options.home,
        keyringId: keyring.id,
        network,
        scheme,
        saltDrawn: options.saltFile === undefined,
        securityLevel: keyring.securityLevel,
        practice: keyring.practice,
        publicKey: Buffer.from(publicKey).toString('hex'),
      },
    };
  } finally {
    salt.fill(0);
    passphrase.fill(0);
  }
}
