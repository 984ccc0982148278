/** Coordinators with their signer and the API over it: what the tests of codes from a screen begin with. */
import type { MessageType } from '@airlock/gap';
import type { Store } from '../src/store/store.ts';
import type { Screen } from './screen.ts';
import { type Answer, type Api, serveApi } from './served.ts';
import { HonestSigner } from './signer.ts';
import {
  createUser,
  openWorld,
  pairedWorld,
  requestDeposit,
  type ServedNode,
  serveNode,
  type World,
} from './world.ts';

export interface Desk {
  readonly world: World;
  readonly api: Api;
  /** Codes of an answer to a request. */
  readonly post: (requestId: string, frames: readonly string[]) => Promise<Answer>;
  readonly postAny: (frames: readonly string[]) => Promise<Answer>;
}

/** Desks on one dev node. */
export class Desks {
  readonly served: ServedNode;
  readonly #apis: Api[] = [];
  #signers = 140;

  private constructor(served: ServedNode) {
    this.served = served;
  }

  static async open(): Promise<Desks> {
    return new Desks(await serveNode());
  }

  async close(): Promise<void> {
    for (const api of this.#apis) await api.close();
    await this.served.close();
  }

  async of(world: World): Promise<Desk> {
    const api = await serveApi(world);
    this.#apis.push(api);
    return {
      world,
      api,
      post: (id, frames) => api.call('importResponseFrames', { params: { id }, body: { frames } }),
      postAny: (frames) => api.call('importFrames', { body: { frames } }),
    };
  }

  /** With a signer of its own, which is not paired. */
  async unpaired(): Promise<Desk> {
    this.#signers += 1;
    const signer = new HonestSigner({ number: this.#signers });
    return this.of(await openWorld({ node: this.served.node, signer }));
  }

  /** With a signer of its own, and requests that wait for an answer. */
  async paired(requests = 1, store?: Store): Promise<Desk & { readonly ids: string[] }> {
    this.#signers += 1;
    const signer = new HonestSigner({ number: this.#signers });
    const options = { node: this.served.node, signer };
    const world = await pairedWorld(store === undefined ? options : { ...options, store }, 15);
    await createUser(world, 'alice');
    const ids: string[] = [];
    for (let i = 0; i < requests; i += 1) {
      ids.push(await requestDeposit(world, this.served, { amount: BigInt(i + 1) }));
    }
    return { ...(await this.of(world)), ids };
  }

  /** Closed and opened again on the same store. */
  async reopened({ world: { store, signer } }: Desk): Promise<Desk> {
    return this.of(await openWorld({ node: this.served.node, store, signer }));
  }
}

export const statusesOf = ({ world }: Desk): string[] =>
  [...world.coordinator.ledger.state.rows('sweeps')].map(({ status }) => status).sort();
export const requestStatus = ({ world }: Desk, id: string): string | undefined =>
  world.coordinator.ledger.state.get('requests', id)?.status;

/** What is said of codes that are not enough, and of those that were. */
export const partial = (received: number, needed: number): unknown => ({
  received,
  needed,
  complete: false,
  imported: null,
});
export const whole = ({ count }: Screen, type: MessageType, id: string): unknown => ({
  received: count,
  needed: count,
  complete: true,
  imported: { type, id },
});
