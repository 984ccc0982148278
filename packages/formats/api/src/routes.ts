/** Every route of the API in one table: server, client and OpenAPI text read it. */
import { z } from 'zod';
import { adminRoutes } from './admin-routes.ts';
import { coldRoutes } from './cold-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { lightRoutes } from './light-routes.ts';
import { moneyRoutes } from './money-routes.ts';
import { keyringRoutes, signingRoutes } from './officer-routes.ts';
import type { OperationId } from './operation-types.ts';
import { operatorRoutes } from './operator-routes.ts';
import type { RouteTable, Schema } from './route.ts';
import { userRoutes } from './user-routes.ts';
import { webhookRoutes } from './webhook-routes.ts';

export const ROUTES: RouteTable = {
  ...userRoutes,
  ...moneyRoutes,
  ...eventRoutes,
  ...webhookRoutes,
  ...keyringRoutes,
  ...signingRoutes,
  ...lightRoutes,
  ...operatorRoutes,
  ...coldRoutes,
  ...adminRoutes,
};

export const OPERATION_IDS: readonly OperationId[] = Object.keys(ROUTES) as OperationId[];

/** What a route without parameters, query or body takes there. */
export const NONE: Schema<Readonly<Record<string, never>>> = z.strictObject({});
