/** The decoders of what the signer and the coordinator have stored themselves. */
import {
  decodeCbor,
  decodeShape,
  EMPTY_HEAD,
  encodeCbor,
  encodeShape,
  type IssuedAddress,
  issuedAddresses,
  keyringDescription,
  leavesOf,
  merkleRoot,
  openEntry,
  type SealedEntry,
  sealEntry,
  sealedEntry,
} from '@airlock/gap';
import { decodeEntry, EMPTY_JOURNAL, encodeEntry } from '@airlock/journal';
import {
  decodeTransaction,
  encodeTransaction,
  NULL_FRAGMENT,
  NULL_TAG,
  plainArgon2,
} from '@airlock/protocol';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { argon2id } from 'hash-wasm';
import { ISSUED, KEYRING, SIGNER } from '../../../packages/formats/gap/test/samples.ts';
import { EVENTS, entryOf } from '../../../packages/formats/journal/test/samples.ts';
import {
  type AloneAnswer,
  keepAlone,
  keepPlan,
  openAlone,
  readPlan,
} from '../../../packages/programs/signer/src/alone-store.ts';
import { type Disk, nodeDisk } from '../../../packages/programs/signer/src/disk.ts';
import { loadRecord } from '../../../packages/programs/signer/src/record-store.ts';
import {
  type HomeHeader,
  openSecret,
  readHeader,
} from '../../../packages/programs/signer/src/sealed-secret.ts';
import type { SpendPlan } from '../../../packages/programs/signer/src/spend.ts';
import {
  encodeSpendFile,
  openSpendFile,
} from '../../../packages/programs/signer/src/spend-file.ts';
import { entryRoute, FIRST_ENTRIES } from './entry-samples.ts';
import { fieldsOf, fileRoute, type Route, type Target, textRoute } from './target.ts';

const recordEntry: Target = {
  name: 'record entry',
  routes: [
    fileRoute(...FIRST_ENTRIES.map((sealed) => encodeShape(sealedEntry, sealed))),
    entryRoute((body, signature) => encodeShape(sealedEntry, { body, signature })),
  ],
  reopen: (file) => {
    const sealed = decodeShape(sealedEntry, file, 'entry');
    const opened = openEntry(sealed, EMPTY_HEAD, SIGNER.publicKey);
    return encodeShape(sealedEntry, sealEntry(EMPTY_HEAD, opened.entry, SIGNER));
  },
};

const frameOf = (sealed: SealedEntry, addresses: Uint8Array | null): Uint8Array =>
  encodeCbor(
    new Map([
      [1n, sealedEntry.encode(sealed)],
      [2n, addresses],
    ]),
  );

const listOf = (addresses: readonly IssuedAddress[]): Uint8Array =>
  encodeShape(
    issuedAddresses,
    addresses.map((issued) => [issued.uuid, issued.address, issued.securityLevel] as const),
  );

function issuedFrame(addresses: readonly IssuedAddress[], list: Uint8Array): Uint8Array {
  const root = merkleRoot(leavesOf(addresses));
  const event = { kind: 'issued', batch: 1, count: addresses.length, root } as const;
  return frameOf(sealEntry(EMPTY_HEAD, { at: 5, event }, SIGNER), list);
}

/** Mutates the addresses of an issued entry and signs their root, if they can be read at all. */
const addressesRoute: Route = {
  name: 'addresses, root and entry made anew',
  form: 'cbor',
  samples: [listOf(ISSUED), listOf(ISSUED.slice(2))],
  seal: (list) => {
    try {
      const addresses = decodeShape(issuedAddresses, list, 'addresses').map(
        ([uuid, address, securityLevel]) => ({ uuid, address, securityLevel }),
      );
      return issuedFrame(addresses, list);
    } catch {
      return issuedFrame(ISSUED, list);
    }
  },
};

/** An issued entry needs its addresses: it has a sample and a route of its own. */
const OTHER_ENTRIES = FIRST_ENTRIES.filter((sealed) => {
  const { entry } = openEntry(sealed, EMPTY_HEAD, SIGNER.publicKey);
  return entry.event.kind !== 'issued';
});

/** A record of one entry. */
const frame: Target = {
  name: 'record frame',
  routes: [
    fileRoute(
      issuedFrame(ISSUED, listOf(ISSUED)),
      ...OTHER_ENTRIES.map((sealed) => frameOf(sealed, null)),
    ),
    entryRoute((body, signature) => frameOf({ body, signature }, null), OTHER_ENTRIES),
    addressesRoute,
  ],
  reopen: (file) => {
    const disk = { ...nodeDisk, list: () => ['00000001'], read: () => file };
    const { state } = loadRecord(disk, 'record', SIGNER.publicKey);
    const [sealed] = state.entries;
    const [addresses] = state.batches;
    if (sealed === undefined) throw new TypeError('expected an entry');
    return frameOf(sealed, addresses === undefined ? null : listOf(addresses));
  },
};

const PASSPHRASE = new TextEncoder().encode('six random words are good');
const KDF_SALT = new Uint8Array(16).fill(7);
const NONCE = new Uint8Array(24).fill(9);
const KDF = { timeCost: 1, memoryKib: 8 };
const KEY: Uint8Array = await argon2id({
  password: PASSPHRASE,
  salt: KDF_SALT,
  iterations: KDF.timeCost,
  memorySize: KDF.memoryKib,
  parallelism: 1,
  hashLength: 32,
  outputType: 'binary',
});

function encodeHeader({ version, keyring, network, publicKey, kdf }: HomeHeader): Uint8Array {
  const { timeCost, memoryKib, salt } = kdf;
  return fieldsOf(
    BigInt(version),
    keyringDescription.encode(keyring),
    network,
    publicKey,
    new Map<bigint, bigint | Uint8Array>([
      [1n, BigInt(timeCost)],
      [2n, BigInt(memoryKib)],
      [3n, salt],
    ]),
  );
}

const HEADER = encodeHeader({
  version: 1,
  keyring: KEYRING,
  network: 'devnet',
  publicKey: SIGNER.publicKey,
  kdf: { ...KDF, salt: KDF_SALT },
});
const SECRET = fieldsOf(new Uint8Array(32).fill(3), new Uint8Array(32).fill(1));

const sealedWith = (plaintext: Uint8Array): Uint8Array =>
  fieldsOf(HEADER, NONCE, xchacha20poly1305(KEY, NONCE, HEADER).encrypt(plaintext));

const secretHeader: Target = {
  name: 'sealed secret, header',
  routes: [
    fileRoute(sealedWith(SECRET)),
    {
      name: 'header in a sound file',
      form: 'cbor',
      samples: [HEADER],
      seal: (mutated) => fieldsOf(mutated, NONCE, new Uint8Array(80)),
    },
  ],
  reopen: (file) => {
    const header = encodeHeader(readHeader(file));
    const outer = decodeCbor(file) as ReadonlyMap<bigint, Uint8Array>;
    return encodeCbor(new Map(outer).set(1n, header));
  },
};

/** With the right passphrase: what only whoever knows it can have written. */
const secret: Target = {
  name: 'sealed secret, opened',
  routes: [
    {
      name: 'ciphertext in a sound file',
      form: 'cbor',
      samples: [xchacha20poly1305(KEY, NONCE, HEADER).encrypt(SECRET)].map((ciphertext) =>
        encodeCbor(ciphertext),
      ),
      seal: (mutated) => {
        const head = fieldsOf(HEADER, NONCE, 0n);
        return new Uint8Array(Buffer.concat([head.subarray(0, -1), mutated]));
      },
    },
    { name: 'secret, sealed again', form: 'cbor', samples: [SECRET], seal: sealedWith },
  ],
  reopen: async (file) => {
    const { salt, identityKey } = await openSecret({
      file,
      passphrase: PASSPHRASE,
      argon2: plainArgon2,
    });
    return sealedWith(fieldsOf(salt, identityKey));
  },
};

/** Text, one character a byte. */
const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const journal: Target = {
  name: 'journal entry',
  routes: [textRoute(...[...EVENTS.values()].map((event) => latin1(encodeEntry(entryOf(event)))))],
  reopen: (file) => latin1(encodeEntry(decodeEntry(textOf(file), EMPTY_JOURNAL))),
};

const transaction: Target = {
  name: 'transaction trytes',
  routes: [
    textRoute(
      latin1(
        encodeTransaction({
          signatureMessageFragment: NULL_FRAGMENT,
          address: `${'A'.repeat(80)}9`,
          value: -5n,
          obsoleteTag: NULL_TAG,
          timestamp: 1_700_000_000,
          currentIndex: 0,
          lastIndex: 3,
          bundle: `${'B'.repeat(80)}9`,
          trunkTransaction: `${'C'.repeat(80)}9`,
          branchTransaction: `${'D'.repeat(80)}9`,
          tag: NULL_TAG,
          attachmentTimestamp: 1_700_000_000_000,
          attachmentTimestampLowerBound: 0,
          attachmentTimestampUpperBound: 0,
          nonce: NULL_TAG,
        }),
      ),
    ),
  ],
  reopen: (file) => latin1(encodeTransaction(decodeTransaction(textOf(file)))),
};

const HOME = '/home';

/** The disk of a home that holds this file, whatever it is asked for; and what is written to it. */
function diskWith(file: Uint8Array | null): { disk: Disk; written: Uint8Array[] } {
  const written: Uint8Array[] = [];
  const disk: Disk = {
    ...nodeDisk,
    read: () => file,
    makeFolder: () => undefined,
    replace: (_, bytes) => void written.push(bytes),
  };
  return { disk, written };
}

/** What is kept is written by the program itself: its samples come from there. */
function keptBy(keep: (disk: Disk) => void): Uint8Array {
  const { disk, written } = diskWith(null);
  keep(disk);
  return written[0] ?? new Uint8Array();
}

const SPENT = [{ address: `${'A'.repeat(80)}9`, amount: 5n }];
const PLAN: SpendPlan = { inputs: SPENT, payees: SPENT, tag: NULL_TAG, timestamp: 1_700_000_000 };
const keepThe = (spend: SpendPlan): Uint8Array =>
  keptBy((disk) => keepPlan(disk, HOME, { entryNumber: 1, spend }));

const plan: Target = {
  name: 'plan of a spend',
  routes: [fileRoute(keepThe(PLAN), keepThe({ ...PLAN, payees: [...SPENT, ...SPENT] }))],
  reopen: (file) => {
    const read = readPlan(diskWith(file).disk, HOME, 1);
    if (read === null) throw new TypeError('expected a plan');
    return keepThe(read);
  },
};

const keepAnswer = (kept: AloneAnswer): Uint8Array =>
  keptBy((disk) => keepAlone(disk, HOME, { entryNumber: 1, ...kept }));
const [ENTRY] = FIRST_ENTRIES as [SealedEntry];

const answer: Target = {
  name: 'entry kept beside the record',
  routes: [
    fileRoute(
      keepAnswer({ entry: ENTRY, answer: null }),
      keepAnswer({ entry: ENTRY, answer: new Uint8Array(300).fill(123) }),
    ),
  ],
  reopen: (file) => keepAnswer(openAlone(file)),
};

const base64Of = (sealed: SealedEntry): string =>
  Buffer.from(encodeShape(sealedEntry, sealed)).toString('base64');

const spends = FIRST_ENTRIES.flatMap((sealed) => {
  const { event } = openEntry(sealed, EMPTY_HEAD, SIGNER.publicKey).entry;
  if (event.kind !== 'signed-alone') return [];
  const { bundleHash } = event.verdict;
  return [[sealed], [ENTRY, sealed]].map((entries) =>
    encodeSpendFile({ bundleHash, trytes: ['9'], entries }),
  );
});

/** Of a spend that comes back only its entries are read: the rest is for nodes. */
const spend: Target = {
  name: 'file of a spend',
  routes: [textRoute(...spends)],
  reopen: (file) => {
    const record = openSpendFile(file, SIGNER.publicKey).map(base64Of);
    const given = JSON.parse(Buffer.from(file).toString('utf8')) as { readonly record: string[] };
    return given.record.join() === record.join() ? file : new Uint8Array();
  },
};

export const HOME_TARGETS: readonly Target[] = [
  recordEntry,
  frame,
  secretHeader,
  secret,
  plan,
  answer,
  spend,
  journal,
  transaction,
];
