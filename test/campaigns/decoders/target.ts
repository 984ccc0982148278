/** What the campaign asks of a decoder: valid samples, ways to its insides, and what it accepted. */
import {
  type CborValue,
  encodeCbor,
  type Identity,
  type MessageType,
  openEnvelope,
  sealEnvelope,
} from '@airlock/gap';

/** A way into a decoder: bytes to mutate, and how they become a file for it. */
export interface Route {
  readonly name: string;
  readonly form: 'cbor' | 'text';
  readonly samples: readonly Uint8Array[];
  /** Signs (or seals) what was mutated with a valid key, so that its parser is reached. */
  readonly seal: (mutated: Uint8Array) => Uint8Array;
}

export interface Target {
  readonly name: string;
  /** The first route mutates whole files; half of the inputs go there. */
  readonly routes: readonly Route[];
  /**
   * Decodes a file and encodes again what was understood: an accepted file must come out as it went
   * in. A refusal is an error of ours with a code.
   */
  readonly reopen: (file: Uint8Array) => Uint8Array | Promise<Uint8Array>;
}

export function fileRoute(...samples: readonly Uint8Array[]): Route {
  return { name: 'file', form: 'cbor', samples, seal: (mutated) => mutated };
}

export function textRoute(...samples: readonly Uint8Array[]): Route {
  return { ...fileRoute(...samples), form: 'text' };
}

export const payloadOf = (file: Uint8Array): Uint8Array => openEnvelope(file).payload.slice();

/** A target whose messages are signed: whole files, and payloads signed again. */
export function messageTarget(options: {
  readonly name: string;
  readonly type: MessageType;
  readonly identity: Identity;
  readonly files: readonly Uint8Array[];
  readonly routes?: readonly Route[];
  readonly reopen: (file: Uint8Array) => Uint8Array;
}): Target {
  const { name, type, identity, files, routes = [], reopen } = options;
  const payload: Route = {
    name: 'payload, signed again',
    form: 'cbor',
    samples: files.map(payloadOf),
    seal: (mutated) => sealEnvelope(type, mutated, [identity]),
  };
  return { name, routes: [fileRoute(...files), payload, ...routes], reopen };
}

/** A map with the keys 1, 2, 3 and so on, as all messages have. */
export function fieldsOf(...values: readonly CborValue[]): Uint8Array {
  return encodeCbor(new Map(values.map((value, index) => [BigInt(index + 1), value])));
}
