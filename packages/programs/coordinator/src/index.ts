/** The online coordinator: application, ledger, stores and rounds, for tests and tools. */

export type { Coordinator, Effects } from './coordinator.ts';
export { openCoordinator } from './coordinator.ts';
export { CoordinatorError } from './error.ts';
export { createApp } from './http/app.ts';
export { createApiKey } from './http/authentication.ts';
export { Ledger, replay } from './ledger/ledger.ts';
export { createIotaNode } from './nodes/iota-node.ts';
export type { NodeClient, NodeHealth } from './nodes/node-client.ts';
export { createNodeQuorum } from './nodes/node-quorum.ts';
export type { Settings } from './settings.ts';
export { DEFAULT_SETTINGS, parseSettings } from './settings.ts';
export { openLevelStore } from './store/level-store.ts';
export { createMemoryStore } from './store/memory-store.ts';
export type { Store } from './store/store.ts';
export type { Timers } from './timers.ts';
export { nodeTimers } from './timers.ts';
export type { WebhookSender } from './webhooks/http-sender.ts';
export { createWebhookSender } from './webhooks/http-sender.ts';
