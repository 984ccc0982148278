/** Files that a paired signer sealed: whose they are, and the errors that say what is wrong with them. */
import { GapError, type MessageType, openEnvelope } from '@airlock/gap';
import { raiseAlarm } from '../alarms.ts';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import type { KeyringRow } from '../ledger/rows.ts';

/** A file's error as the API says it. */
export function fileError(cause: unknown): unknown {
  if (!(cause instanceof GapError)) return cause;
  const next =
    cause.code === 'type_unexpected'
      ? 'send the file to the route of its type: see /openapi.json'
      : 'carry the file over again, from another copy if there is one; if it stays so, ask who made it for it again';
  return new CoordinatorError('file_invalid', `${cause.code}: ${cause.message}`, { next, cause });
}

export function mismatch(message: string): CoordinatorError {
  return new CoordinatorError('response_mismatch', message, {
    next: 'make sure that the file answers this very request; ask the signer for it again',
  });
}

export function forked(message: string): CoordinatorError {
  return new CoordinatorError('signer_forked', message, {
    next: 'two signers have used this keyring, or one from an old copy: stop signing and investigate; "airlock-audit" over the files of both shows whether a key signed twice',
    alarm: 'keyring.forked',
  });
}

export function publicKeyOf(keyring: KeyringRow): Uint8Array {
  return new Uint8Array(Buffer.from(keyring.publicKey, 'hex'));
}

interface SignerMessage {
  readonly keyringId: string;
  readonly network: string;
}

/**
 * Opens a file with the key of the keyring whose signer sealed it, and which it must name.
 * @throws CoordinatorError file_invalid, wrong_keyring, wrong_network
 */
export function openSignerFile<T extends SignerMessage>(
  coordinator: Coordinator,
  file: Uint8Array,
  { type, open }: { type: MessageType; open: (file: Uint8Array, publicKey: Uint8Array) => T },
): { readonly message: T; readonly keyring: KeyringRow } {
  try {
    openEnvelope(file, type);
    for (const keyring of coordinator.ledger.state.rows('keyrings')) {
      const message = tryOpen(() => open(file, publicKeyOf(keyring)));
      if (message === null) continue;
      checkAddressee(coordinator, keyring, message);
      return { message, keyring };
    }
  } catch (cause) {
    throw fileError(cause);
  }
  throw new CoordinatorError('wrong_keyring', `the ${type} is of no paired signer`, {
    next: 'send what the signer wrote itself; if it did, pair it first with POST /v1/keyrings and its card',
  });
}

/**
 * Opens a signer's file and takes it in. A fork, or a record that this coordinator is behind, raises an
 * alarm about the keyring, whoever reads the refusal.
 */
export async function importSignerFile<T extends SignerMessage, R>(
  coordinator: Coordinator,
  file: Uint8Array,
  kind: {
    readonly type: MessageType;
    readonly open: (file: Uint8Array, publicKey: Uint8Array) => T;
    readonly take: (message: T, keyring: KeyringRow) => Promise<R>;
  },
): Promise<R> {
  const { message, keyring } = openSignerFile(coordinator, file, kind);
  try {
    return await kind.take(message, keyring);
  } catch (cause) {
    if (cause instanceof CoordinatorError && cause.alarm !== null) {
      const { alarm, message: detail } = cause;
      await raiseAlarm(coordinator, { alarm, subject: keyring.id, detail });
    }
    throw cause;
  }
}

/** Null if another key sealed it. */
function tryOpen<T>(open: () => T): T | null {
  try {
    return open();
  } catch (cause) {
    if (cause instanceof GapError && cause.code === 'key_unknown') return null;
    throw cause;
  }
}

function checkAddressee(
  { network }: Coordinator,
  keyring: KeyringRow,
  message: SignerMessage,
): void {
  if (message.keyringId !== keyring.id) throw mismatch('the file names another keyring');
  if (message.network === network) return;
  throw new CoordinatorError('wrong_network', `the file is for network ${message.network}`, {
    next: `this coordinator runs on ${network}`,
  });
}
