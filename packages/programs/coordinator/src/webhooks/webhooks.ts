/** Webhook endpoints with their workers, and the dead deliveries: what the API does with them. */
import type {
  RetriedWebhookDelivery,
  SecretWebhookEndpoint,
  WebhookDelivery,
  WebhookEndpoint,
} from '@airlock/api';
import { CoordinatorError, invalidRequest } from '../error.ts';
import { wantedTypes } from '../events/event-log.ts';
import { Turn } from '../turn.ts';
import { createSecret, rotate } from './signature.ts';
import {
  deleteDead,
  deleteEndpoint,
  loadDead,
  loadWebhooks,
  putEndpoint,
  putProgress,
  readDead,
  type StoredWebhook,
} from './webhook-store.ts';
import { type WebhookParts, WebhookWorker } from './worker.ts';

/** Each reads the log and posts on its own. */
export const ENDPOINTS_MAX = 16;

const timeOf = (at: number): string => new Date(at).toISOString();

function endpointView({ endpoint, progress }: StoredWebhook): WebhookEndpoint {
  const { id, url, types, createdAt } = endpoint;
  const { cursor, isDisabled, failing } = progress;
  return {
    id,
    url,
    types,
    status: isDisabled ? 'disabled' : 'active',
    cursor,
    createdAt: timeOf(createdAt),
    failing: failing && {
      ...failing,
      firstTriedAt: timeOf(failing.firstTriedAt),
      nextTryAt: timeOf(failing.nextTryAt),
    },
  };
}

function unknown(what: string, list: string): CoordinatorError {
  return new CoordinatorError('not_found', `there is no ${what}`, {
    next: `list them with ${list}`,
  });
}

export class Webhooks {
  readonly #parts: WebhookParts;
  readonly #workers = new Map<string, WebhookWorker>();
  /** Of what changes the endpoints. */
  readonly #turn = new Turn();
  #isRunning = false;

  private constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  /** Reads what is stored; nothing is delivered before `start`. @throws CoordinatorError store_damaged */
  static async open(parts: WebhookParts): Promise<Webhooks> {
    const webhooks = new Webhooks(parts);
    for (const stored of await loadWebhooks(parts.store)) {
      webhooks.#workers.set(stored.endpoint.id, new WebhookWorker(parts, stored));
    }
    return webhooks;
  }

  start(): void {
    this.#isRunning = true;
    for (const worker of this.#workers.values()) worker.start();
  }

  /** Resolves when nothing is sent or stored any more; a try under way may end, within bounds. */
  stop(): Promise<void> {
    return this.#turn.run(async () => {
      this.#isRunning = false;
      await Promise.all([...this.#workers.values()].map((worker) => worker.stop()));
    });
  }

  /** By id. */
  list(): WebhookEndpoint[] {
    const views = [...this.#workers.values()].map(endpointView);
    return views.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /**
   * @param after journal number after which to begin; from now on if it is not given
   * @throws CoordinatorError too_many_webhooks, invalid_request
   */
  create({
    url,
    types = null,
    after,
  }: {
    readonly url: string;
    readonly types?: readonly string[] | null | undefined;
    readonly after?: number | undefined;
  }): Promise<SecretWebhookEndpoint> {
    const { store, ledger, random, now } = this.#parts;
    wantedTypes(types);
    return this.#turn.run(async () => {
      if (this.#workers.size >= ENDPOINTS_MAX) {
        throw new CoordinatorError('too_many_webhooks', `there are ${ENDPOINTS_MAX} endpoints`, {
          next: 'delete one that is not used any more',
        });
      }
      const { number } = ledger.durable;
      if (after !== undefined && after > number) {
        const expected = `at most the journal's number ${number}`;
        throw invalidRequest([{ path: 'after', expected, got: String(after) }]);
      }
      const stored = {
        endpoint: {
          id: `wh_${Buffer.from(random(16)).toString('hex')}`,
          url,
          types: types && [...types],
          createdAt: now(),
          secrets: { current: createSecret(random), previous: null },
        },
        progress: { cursor: after ?? number, isDisabled: false, failing: null },
      };
      const { endpoint, progress } = stored;
      await store.batch([putEndpoint(endpoint), putProgress(endpoint.id, progress)]);
      const worker = new WebhookWorker(this.#parts, stored);
      this.#workers.set(endpoint.id, worker);
      if (this.#isRunning) worker.start();
      return { ...endpointView(worker), secret: endpoint.secrets.current };
    });
  }

  /** @throws CoordinatorError not_found */
  delete(id: string): Promise<WebhookEndpoint> {
    const { store } = this.#parts;
    return this.#turn.run(async () => {
      const worker = this.#need(id);
      await worker.cut();
      const dead = (await loadDead(store)).filter(({ endpointId }) => endpointId === id);
      await store.batch([...deleteEndpoint(worker.endpoint), ...dead.map(deleteDead)]);
      this.#workers.delete(id);
      return endpointView(worker);
    });
  }

  /** @throws CoordinatorError not_found */
  rotate(id: string): Promise<SecretWebhookEndpoint> {
    const { store, random, now } = this.#parts;
    return this.#turn.run(async () => {
      const worker = this.#need(id);
      const secrets = rotate(worker.endpoint.secrets, createSecret(random), now());
      const endpoint = { ...worker.endpoint, secrets };
      await store.batch([putEndpoint(endpoint)]);
      worker.endpoint = endpoint;
      return { ...endpointView(worker), secret: secrets.current };
    });
  }

  /** By event, then by id. */
  async listDead(): Promise<WebhookDelivery[]> {
    const rows = await loadDead(this.#parts.store);
    return rows
      .sort((a, b) => a.number - b.number || (a.id < b.id ? -1 : 1))
      .map((row) => ({ ...row, firstTriedAt: timeOf(row.firstTriedAt) }));
  }

  /** Tries it once more, now, also where its endpoint is disabled. @throws CoordinatorError not_found */
  async retryDead(id: string): Promise<RetriedWebhookDelivery> {
    const dead = readDead(this.#parts.store, id);
    const retried = dead && (await this.#need(dead.endpointId).retry(id));
    if (retried !== null) return retried;
    throw unknown(`dead delivery ${id}`, 'GET /v1/webhook-deliveries');
  }

  #need(id: string): WebhookWorker {
    const worker = this.#workers.get(id);
    if (worker === undefined) throw unknown(`webhook endpoint ${id}`, 'GET /v1/webhook-endpoints');
    return worker;
  }
}
