/** The node as an object: a call for each request, milestones by hand, no network, no timer. */
import { type Answer, COMMANDS } from './commands.ts';
import { DevNodeError } from './error.ts';
import { MIN_WEIGHT_MAGNITUDE_MAX } from './limits.ts';
import type { Milestone } from './milestones.ts';
import { createNodeCore } from './node-core.ts';
import type { Request } from './parameters.ts';
import { NO_STATE, type StateLog } from './state-file.ts';

export const DEFAULT_MIN_WEIGHT_MAGNITUDE = 5;

export interface DevNodeOptions {
  /** The clock: milliseconds since 1970. */
  readonly now: () => number;
  /** Zero trits that a transaction's hash must end in, 1 to 14; 5 if not given. */
  readonly minWeightMagnitude?: number;
  /** Where the state is kept; in memory only if not given. */
  readonly state?: StateLog;
}

export interface DevNode {
  readonly minWeightMagnitude: number;
  /** Milliseconds since 1970. */
  now(): number;
  /** Answers IRI's command. @throws DevNodeError with IRI's message */
  handle(request: unknown): Promise<Answer>;
  /** Confirms everything that can be confirmed now. */
  issueMilestone(): Milestone;
  latestMilestone(): Milestone;
  /** Pays from the faucet; the payment waits for the next milestone. */
  pay(payment: { readonly address: string; readonly amount: bigint }): {
    bundle: string;
    tail: string;
  };
  /** Confirmed balance of an address of 81 trytes. */
  balanceOf(address: string): bigint;
  /** Whether a milestone has confirmed the transaction. */
  isConfirmed(hash: string): boolean;
  /** Closes the state. */
  close(): void;
}

/** @throws DevNodeError request_malformed, command_missing, command_unknown */
function parseCommand(request: unknown): { name: string; parameters: Request } {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw new DevNodeError('request_malformed', 'Invalid request payload: expected an object');
  }
  const parameters = request as Request;
  const { command } = parameters;
  if (typeof command !== 'string') {
    const message = 'COMMAND parameter has not been specified in the request.';
    throw new DevNodeError('command_missing', message);
  }
  return { name: command, parameters };
}

/** @throws RangeError on a weight outside 1 to 14, DevNodeError state_unusable, state_corrupt */
export function createDevNode(options: DevNodeOptions): DevNode {
  const { minWeightMagnitude = DEFAULT_MIN_WEIGHT_MAGNITUDE, now, state: log = NO_STATE } = options;
  if (!(minWeightMagnitude >= 1 && minWeightMagnitude <= MIN_WEIGHT_MAGNITUDE_MAX)) {
    throw new RangeError(`expected a minimum weight magnitude of 1 to ${MIN_WEIGHT_MAGNITUDE_MAX}`);
  }
  const core = createNodeCore({ minWeightMagnitude, now, log });
  return {
    minWeightMagnitude,
    now,
    async handle(request) {
      const { name, parameters } = parseCommand(request);
      const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
      if (command === undefined) {
        throw new DevNodeError('command_unknown', `Command [${name.slice(0, 100)}] is unknown`);
      }
      return command(core, parameters);
    },
    issueMilestone: () => core.issueMilestone(),
    latestMilestone: () => core.milestone(),
    pay: (payment) => core.pay(payment),
    balanceOf: (address) => core.ledger.balanceOf(address),
    isConfirmed: (hash) => (core.tangle.get(hash)?.confirmedAt ?? 0) > 0,
    close: () => log.close(),
  };
}
