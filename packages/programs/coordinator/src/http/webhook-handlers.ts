/** Webhook endpoints and dead deliveries. */
import { paddedNumber } from '../store/store.ts';
import { type Handlers, paginate } from './handler.ts';

export const webhookHandlers: Handlers<
  | 'createWebhookEndpoint'
  | 'listWebhookEndpoints'
  | 'deleteWebhookEndpoint'
  | 'rotateWebhookSecret'
  | 'listWebhookDeliveries'
  | 'retryWebhookDelivery'
> = {
  createWebhookEndpoint: ({ webhooks }, { body }) => webhooks.create(body),

  listWebhookEndpoints: async ({ webhooks }, { query }) =>
    paginate(webhooks.list(), query, { cursorOf: ({ id }) => id, viewOf: (view) => view }),

  deleteWebhookEndpoint: ({ webhooks }, { params: { id } }) => webhooks.delete(id),

  rotateWebhookSecret: ({ webhooks }, { params: { id } }) => webhooks.rotate(id),

  listWebhookDeliveries: async ({ webhooks }, { query }) =>
    paginate(await webhooks.listDead(), query, {
      cursorOf: ({ number, id }) => `${paddedNumber(number)}.${id}`,
      viewOf: (view) => view,
    }),

  retryWebhookDelivery: ({ webhooks }, { params: { id } }) => webhooks.retryDead(id),
};
