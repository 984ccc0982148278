/** A local IOTA (legacy) node with IRI's HTTP API, as an object and as an Express app. */

export { createApp } from './app.ts';
export type { Answer } from './commands.ts';
export type { DevNodeErrorCode } from './error.ts';
export { DEV_NODE_ERROR_CODES, DevNodeError } from './error.ts';
export { faucetAddress } from './faucet.ts';
export type { Milestone } from './milestones.ts';
export type { DevNode, DevNodeOptions } from './node.ts';
export { createDevNode, DEFAULT_MIN_WEIGHT_MAGNITUDE } from './node.ts';
export type { Change, StateLog } from './state-file.ts';
export { openStateFile } from './state-file.ts';
