/** The HTTP API: routes, schemas, error codes, OpenAPI text and a typed client. */

export type { ApiClient, CallOperationId, CallOptions } from './client.ts';
export { ApiError, createApiClient } from './client.ts';
export type {
  ColdOrder,
  ColdProposal,
  HubAddress,
  NewColdOrder,
  Payout,
  SlipQuery,
} from './cold-types.ts';
export type { ApiErrorBody, ApiErrorCode, FieldFault } from './error-code.ts';
export { API_ERRORS } from './error-code.ts';
export type {
  RetriedWebhookDelivery,
  SecretWebhookEndpoint,
  StreamOperationId,
  WebhookDelivery,
  WebhookEndpoint,
} from './event-types.ts';
export type { CodeFrames, CodesQuery, FramesTaken, Media } from './light-types.ts';
export type { NodeHealthView, NodesView } from './node-types.ts';
export type {
  Keyring,
  PlannedSweep,
  SigningRequestStatus,
  SigningRequestView,
  Sweep,
  SweepState,
} from './officer-types.ts';
export { FILE_TYPE, openApi } from './open-api.ts';
export type {
  AddressInfo,
  ApiKey,
  Deposit,
  DepositAddress,
  Health,
  HistoryEntry,
  JournalEventView,
  OperationId,
  Operations,
  Role,
  Statement,
  Stats,
  Transfer,
  TransferEntry,
  User,
  Withdrawal,
} from './operation-types.ts';
export type {
  AlarmView,
  Correction,
  QuarantinedAddress,
  Reconciliation,
  TopUp,
} from './operator-types.ts';
export type { Route, RouteTable } from './route.ts';
export { NONE, OPERATION_IDS, ROUTES } from './routes.ts';
export type { Page, PageQuery } from './schema.ts';
export {
  PAGE_ROWS_DEFAULT,
  PAGE_ROWS_MAX,
  TRANSFER_ENTRIES_MAX,
  userId,
} from './schema.ts';
