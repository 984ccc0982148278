/** What the page asks of the coordinator, with the officer's key, which it keeps in memory alone. */
import type { ApiErrorBody, CodeFrames, FramesTaken, Page, SigningRequestView } from '@airlock/api';

/** What can be shown: the pairing card, a request, or the void of one. */
export interface Showable {
  readonly name: string;
  /** Path of its codes. */
  readonly path: string;
  /** Words to be compared with the signer's screen. */
  readonly words: readonly string[];
  /** The request that an answer belongs to, or null. */
  readonly requestId: string | null;
}

export class CallFailed extends Error {
  override readonly name = 'CallFailed';
}

export class GapApi {
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  async #call<T>(path: string, body?: object): Promise<T> {
    const response = await fetch(path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${this.#key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer: unknown = await response.json();
    if (response.ok) return answer as T;
    const { code, message, next } = (answer as ApiErrorBody).error;
    throw new CallFailed(`${message} (${code}): ${next}`);
  }

  /** All that waits to be shown to a signer. */
  async showables(): Promise<Showable[]> {
    const list = (status: string): Promise<Page<SigningRequestView>> =>
      this.#call(`/v1/signing-requests?status=${status}&limit=100`);
    const [outstanding, voiding] = await Promise.all([list('outstanding'), list('void-requested')]);
    const requests = outstanding.data.map(({ id, sequence, digestWords }) => ({
      name: `Request ${sequence}: ${id}`,
      path: `/v1/signing-requests/${id}/qr`,
      words: digestWords,
      requestId: id,
    }));
    const voids = voiding.data.map(({ id, sequence, voidWords }) => ({
      name: `Void of request ${sequence}: ${id}`,
      path: `/v1/signing-requests/${id}/void-qr`,
      words: voidWords,
      requestId: id,
    }));
    const card = { name: 'Pairing card', path: '/v1/pairing-card/qr', words: [], requestId: null };
    return [...requests, ...voids, card];
  }

  codes({ path }: Showable, version: number | null): Promise<CodeFrames> {
    const size = version === null ? '' : `&codeVersion=${version}`;
    return this.#call(`${path}?format=frames${size}`);
  }

  /** Hands on what a camera has seen: of the answer to a request, or of any file of a signer. */
  send(requestId: string | null, frames: readonly string[]): Promise<FramesTaken> {
    const path =
      requestId === null ? '/v1/frames' : `/v1/signing-requests/${requestId}/response-frames`;
    return this.#call(path, { frames });
  }
}
