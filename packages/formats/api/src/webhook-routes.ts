/** Routes of webhooks, as the Standard Webhooks say: endpoints, their secrets, and the dead list. */
import { z } from 'zod';
import type {
  RetriedWebhookDelivery,
  SecretWebhookEndpoint,
  WebhookDelivery,
  WebhookEndpoint,
} from './event-types.ts';
import type { RouteTable } from './route.ts';
import * as form from './schema.ts';

/** Event types of one endpoint. */
const TYPES_MAX = 64;

const byEndpointId = z.strictObject({ id: form.prefixedId('wh') });

const endpointFields = {
  id: form.prefixedId('wh'),
  url: z.string(),
  types: z.array(z.string()).nullable(),
  status: z.enum(['active', 'disabled']),
  cursor: form.count,
  createdAt: form.time,
  failing: z
    .strictObject({
      number: form.count,
      attempts: form.count,
      firstTriedAt: form.time,
      nextTryAt: form.time,
      lastError: z.string(),
    })
    .nullable(),
};

const endpoint: z.ZodType<WebhookEndpoint> = z
  .strictObject(endpointFields)
  .meta({ id: 'WebhookEndpoint' });

const secretEndpoint: z.ZodType<SecretWebhookEndpoint> = z
  .strictObject({
    ...endpointFields,
    secret: z.string().meta({ description: 'whsec_ and base64; shown this once' }),
  })
  .meta({ id: 'SecretWebhookEndpoint' });

const delivery: z.ZodType<WebhookDelivery> = z
  .strictObject({
    id: form.prefixedId('whd'),
    endpointId: form.prefixedId('wh'),
    number: form.count,
    type: z.string(),
    firstTriedAt: form.time,
    lastError: z.string(),
    attempts: form.count,
  })
  .meta({ id: 'WebhookDelivery' });

const retriedDelivery: z.ZodType<RetriedWebhookDelivery> = z.strictObject({
  id: form.prefixedId('whd'),
  delivered: form.flag,
  attempts: form.count,
  lastError: z.string().nullable(),
});

const newEndpoint = z.strictObject({
  url: form.webhookUrl,
  types: z.array(form.eventType).min(1).max(TYPES_MAX).optional(),
  after: form.count
    .meta({ description: 'Journal number after which to begin; default: from now on' })
    .optional(),
});

export const webhookRoutes: Pick<
  RouteTable,
  | 'createWebhookEndpoint'
  | 'listWebhookEndpoints'
  | 'deleteWebhookEndpoint'
  | 'rotateWebhookSecret'
  | 'listWebhookDeliveries'
  | 'retryWebhookDelivery'
> = {
  createWebhookEndpoint: {
    method: 'post',
    path: '/v1/webhook-endpoints',
    role: 'exchange',
    summary: 'Have events posted to a URL; the secret that signs them is shown this once',
    body: newEndpoint,
    status: 201,
    reply: secretEndpoint,
  },
  listWebhookEndpoints: {
    method: 'get',
    path: '/v1/webhook-endpoints',
    role: 'exchange',
    summary: 'Webhook endpoints, by id',
    query: z.strictObject(form.pageFields),
    status: 200,
    reply: form.page(endpoint),
  },
  deleteWebhookEndpoint: {
    method: 'delete',
    path: '/v1/webhook-endpoints/{id}',
    role: 'exchange',
    summary: 'Delete an endpoint and its dead deliveries; nothing is posted to it any more',
    params: byEndpointId,
    status: 200,
    reply: endpoint,
  },
  rotateWebhookSecret: {
    method: 'post',
    path: '/v1/webhook-endpoints/{id}/rotate',
    role: 'exchange',
    summary: 'A new secret, shown this once; the old one also signs for 24 hours',
    params: byEndpointId,
    status: 200,
    reply: secretEndpoint,
  },
  listWebhookDeliveries: {
    method: 'get',
    path: '/v1/webhook-deliveries',
    role: 'exchange',
    summary: 'Events that an endpoint did not take within 72 hours, oldest event first',
    query: z.strictObject({ ...form.pageFields, status: z.literal('dead').optional() }),
    status: 200,
    reply: form.page(delivery),
  },
  retryWebhookDelivery: {
    method: 'post',
    path: '/v1/webhook-deliveries/{id}/retry',
    role: 'exchange',
    summary: 'Try a dead delivery once more, now; delivered, it leaves the list',
    params: z.strictObject({ id: form.prefixedId('whd') }),
    status: 200,
    reply: retriedDelivery,
  },
};
