/**
 * Idempotency keys, in the scope of an API key and a route, kept for ever. The stored reply goes to
 * the store in the same batch as the effect, so that a repeated call can never have a second one.
 */
import { sha256Hex } from '@airlock/journal';
import { CoordinatorError } from '../error.ts';
import { keyOf, type Operation, type Store } from '../store/store.ts';

export interface StoredReply {
  readonly status: number;
  readonly body: unknown;
}

interface Stored extends StoredReply {
  readonly fingerprint: string;
}

/** One call with its key: whether it was made before, and how its reply is stored. */
export interface IdempotentCall {
  /** Operation, idempotency key and request in one text: the same whichever API key calls. */
  readonly essence: string;
  readonly replayed: StoredReply | null;
  /** The operation that stores the reply: part of the effect's own batch. */
  readonly store: (reply: StoredReply) => Operation;
  /** What was stored, and the JSON text of its body; null before. */
  readonly stored: { readonly body: unknown; readonly text: string } | null;
  /** Ends the call, however it went. */
  readonly end: () => void;
}

const KEY = /^[\x21-\x7e]{1,64}$/;

export class IdempotencyKeys {
  readonly #store: Store;
  readonly #running = new Set<string>();

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * @param scope API key id and operation, in this order
   * @throws CoordinatorError idempotency_key_required, _reused, _in_progress
   */
  begin(
    header: string | undefined,
    { scope, request }: { readonly scope: readonly string[]; readonly request: unknown },
  ): IdempotentCall {
    if (header === undefined || !KEY.test(header)) {
      throw new CoordinatorError(
        'idempotency_key_required',
        `the header Idempotency-Key is ${header === undefined ? 'missing' : 'malformed'}`,
        {
          next: 'send 1 to 64 printable ASCII characters, the same again when you repeat the call',
          fields: [
            {
              path: 'header Idempotency-Key',
              expected: '1 to 64 printable ASCII characters',
              got: header === undefined ? 'nothing' : `${header.length} characters`,
            },
          ],
        },
      );
    }
    const key = keyOf('idempotency', ...scope, header);
    const fingerprint = sha256Hex(JSON.stringify(request));
    if (this.#running.has(key)) {
      throw new CoordinatorError('idempotency_in_progress', 'the first call with this key runs', {
        next: 'wait a second and repeat the call',
      });
    }
    this.#running.add(key);
    try {
      let stored: IdempotentCall['stored'] = null;
      return {
        essence: `${scope.at(-1)} ${header} ${fingerprint}`,
        replayed: this.#replay(key, fingerprint),
        get stored() {
          return stored;
        },
        store: ({ status, body }) => {
          const text = JSON.stringify(body);
          stored = { body, text };
          const value = `{"status":${status},"body":${text},"fingerprint":"${fingerprint}"}`;
          return { type: 'put', key, value };
        },
        end: () => this.#running.delete(key),
      };
    } catch (cause) {
      this.#running.delete(key);
      throw cause;
    }
  }

  #replay(key: string, fingerprint: string): StoredReply | null {
    const text = this.#store.get(key);
    if (text === null) return null;
    const { status, body, fingerprint: first } = JSON.parse(text) as Stored;
    if (first === fingerprint) return { status, body };
    throw new CoordinatorError('idempotency_key_reused', 'this key came before with another call', {
      next: 'take a new key for a new call',
    });
  }
}
