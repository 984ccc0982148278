/** `init`, `card`, `pair`, `addresses`, `derive`, `verify`: the keyring and whom it is paired with. */
import { isSecurityLevel, NETWORKS, parseUuid, SCHEME_NAMES } from '@airlock/protocol';
import type { Argv } from 'yargs';
import { addresses, deriveOne } from '../commands/addresses.ts';
import { card, pair } from '../commands/card.ts';
import { init } from '../commands/init.ts';
import { verify } from '../commands/verify.ts';
import type { Environment } from '../environment.ts';
import {
  assertSingle,
  confirm,
  type Globals,
  incomingOf,
  outgoingOf,
  parseLabel,
  type Run,
  security,
  usage,
  wholeNumber,
  withFrom,
  withTo,
} from './options.ts';

export function withInit(parser: Argv<Globals>, environment: Environment, run: Run): Argv {
  return parser.command(
    'init',
    'Make a new signer with its keyring',
    (command) =>
      command
        .option('network', { choices: NETWORKS, demandOption: true, describe: 'Signs only here' })
        .option('scheme', {
          choices: SCHEME_NAMES,
          describe: 'UUID + salt → seed (default: hkdf-sha512; with --salt-file hub-argon2id)',
        })
        .option('salt-file', { type: 'string', describe: "IOTA Hub's salt, less a final newline" })
        .option('security', { ...security, default: 2 })
        .option('argon2-time-cost', wholeNumber('argon2-time-cost', "Hub's argon2TCost"))
        .option('argon2-memory-kib', wholeNumber('argon2-memory-kib', "Hub's argon2MCost (KiB)"))
        .option('argon2-parallelism', wholeNumber('argon2-parallelism', "Hub's argon2Parallelism"))
        .option('label', { type: 'string', default: 'signer', describe: 'Name for people' })
        .option('practice', { type: 'boolean', default: false, describe: 'Marked on every screen' })
        .example('$0 --home /secure/hot init --network mainnet', 'draws a salt, asks a passphrase'),
    (args) => {
      assertSingle(args);
      if (!isSecurityLevel(args.security))
        throw usage('expected --security of 1 to 3', args.security);
      run(
        init(environment, {
          home: args.home,
          passphraseFile: args['passphrase-file'],
          network: args.network,
          scheme: args.scheme,
          saltFile: args.saltFile,
          security: args.security,
          practice: args.practice,
          label: parseLabel(args.label),
          argon2: {
            timeCost: args.argon2TimeCost,
            memoryKib: args.argon2MemoryKib,
            parallelism: args.argon2Parallelism,
          },
        }),
      );
    },
  );
}

export function withPairing(parser: Argv<Globals>, environment: Environment, run: Run): Argv {
  return parser
    .command(
      'card',
      "Write this signer's pairing card",
      (command) =>
        withTo(command)
          .option('label', { type: 'string', default: 'signer', describe: 'Name for people' })
          .example('$0 --home /secure/hot card --out /media/stick/signer.card', ''),
      (args) => {
        assertSingle(args);
        const { home } = args;
        const label = parseLabel(args.label);
        run(
          card(environment, {
            home,
            passphraseFile: args['passphrase-file'],
            outgoing: outgoingOf(args),
            label,
          }),
        );
      },
    )
    .command(
      'pair',
      'Pair with a coordinator (or a cold keyring), or revoke one',
      (command) =>
        withFrom(command)
          .option('card', { type: 'string', describe: "The other side's pairing card" })
          .option('revoke', {
            type: 'string',
            describe: 'First digits of the public key to revoke',
          })
          .option('confirm', confirm)
          .example('$0 --home /secure/hot pair --card /media/stick/coordinator.card', ''),
      (args) => {
        assertSingle(args);
        const isCard = args.card !== undefined || args.from !== 'file';
        const incoming = isCard ? incomingOf(args, args.card) : null;
        run(pair(environment, { ...args, incoming }));
      },
    );
}

export function withKeys(parser: Argv<Globals>, environment: Environment, run: Run): Argv {
  return parser
    .command(
      'addresses',
      'Make a batch of new addresses',
      (command) =>
        withTo(command)
          .option('count', wholeNumber('count', 'How many new addresses'))
          .option('batch', wholeNumber('batch', 'Write this earlier batch again'))
          .example('$0 --home /secure/hot addresses --count 1000 --out /media/stick/1.batch', ''),
      (args) => {
        assertSingle(args);
        run(
          addresses(environment, {
            home: args.home,
            passphraseFile: args['passphrase-file'],
            outgoing: outgoingOf(args),
            count: args.count ?? null,
            batch: args.batch ?? null,
          }),
        );
      },
    )
    .command(
      'derive',
      'Show the address of one UUID; records and signs nothing',
      (command) =>
        command
          .option('uuid', { type: 'string', demandOption: true, describe: '64 base64 characters' })
          .option('security', security)
          .example('$0 --home /secure/hot derive --uuid "$UUID" --security 2', ''),
      (args) => {
        assertSingle(args);
        const level = args.security;
        if (level !== undefined && !isSecurityLevel(level)) {
          throw usage('expected --security of 1 to 3', level);
        }
        run(
          deriveOne(environment, {
            home: args.home,
            passphraseFile: args['passphrase-file'],
            uuid: parseUuid(args.uuid),
            security: level,
          }),
        );
      },
    )
    .command(
      'verify [file]',
      'Derive issued addresses again and compare them; records and signs nothing',
      (command) =>
        command
          .positional('file', {
            type: 'string',
            describe: 'An address batch (default: the record)',
          })
          .option('sample', wholeNumber('sample', 'Only so many of them, evenly spread'))
          .example('$0 --home /secure/hot verify --sample 100', 'a drill with a restored home'),
      (args) => {
        assertSingle(args);
        run(
          verify(environment, {
            home: args.home,
            passphraseFile: args['passphrase-file'],
            file: args.file,
            sample: args.sample,
          }),
        );
      },
    );
}
