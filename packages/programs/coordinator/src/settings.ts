/**
 * What an operator decides about money: credit policy, hot user, composition of sweeps, dust, reserves,
 * schedules, and when to raise an alarm. Read once, at start, from a JSON file; everything in it is optional.
 */
import { userId } from '@airlock/api';
import { SUPPLY } from '@airlock/protocol';
import { z } from 'zod';
import { CoordinatorError } from './error.ts';

/** When a deposit becomes its user's. */
export type CreditPolicy = 'swept' | 'confirmed' | 'sweep-confirmed';

/** A request made by itself, if there is anything to sign. */
export interface Schedule {
  readonly keyringId: string;
  readonly everyMs: number;
  readonly maxSweeps: number;
  readonly maxInputs: number;
}

/** How much hub money stays where any sweep may spend it. */
export interface Reserve {
  /** At least so much: in iota, or in percent of all hub money. */
  readonly keepHot: { readonly unit: 'iota' | 'percent'; readonly amount: bigint };
  /** More than this, and what has to stay hot, goes to the cold keyring as it comes back; null: nothing does. */
  readonly ceiling: bigint | null;
  /** Whose hub addresses get it. */
  readonly coldKeyringId: string | null;
}

export interface Settings {
  /** URLs of IOTA nodes beside those of the command line; here they may hold secrets. */
  readonly nodes: readonly string[];
  readonly creditPolicy: CreditPolicy;
  /** Who gets every deposit as it is credited, where the exchange keeps the balances. */
  readonly hotUser: string | null;
  /** separate: deposits and payouts never in one bundle; combined: IOTA Hub's form. */
  readonly composition: 'separate' | 'combined';
  /** A deposit address that holds less is not swept yet (iota). */
  readonly minSweepAmount: bigint;
  /** A deposit address is not swept before its last deposit has this age. */
  readonly settleDelayMs: number;
  /** Hub addresses with money that are wanted; remainders are split until there are as many. */
  readonly hubFanout: number;
  /** Hub money that is wanted for payouts (iota): less raises float.low, no part is smaller than its share. */
  readonly floatTarget: bigint;
  /** A withdrawal that has waited this long and does not fit gets freed money reserved. */
  readonly reserveAfterMs: number;
  /** Whether the message of a deposit is kept. */
  readonly keepMessages: boolean;
  /** Nodes and ledger disagree about an address for this long: it comes into quarantine. */
  readonly quarantineAfterMs: number;
  readonly schedules: readonly Schedule[];
  readonly reserve: Reserve;
  readonly alarms: {
    /** pool.low: the deposit pool lasts for fewer days at its pace, or a pool holds fewer addresses. */
    readonly poolDays: number;
    readonly poolAddresses: number;
    /** request.stale: a signing request has no response after this. */
    readonly requestStaleMs: number;
    /** withdrawal.delayed: one is queued or in a request for longer. */
    readonly withdrawalDelayedMs: number;
  };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const DURATION_MS_MAX = 365 * DAY_MS;
const SETTINGS_BYTES_MAX = 64 * 1024;

const amount = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,15})$/, 'a decimal string in iota')
  .transform(BigInt)
  .refine((value) => value <= SUPPLY, 'at most the supply');
const duration = z.number().int().min(0).max(DURATION_MS_MAX);

const keyringId = z.string().regex(/^kr_[0-9a-f]{32}$/, 'kr_ and 32 hexadecimal digits');

const schedule = z.strictObject({
  keyringId,
  everyMs: z.number().int().min(1000).max(DURATION_MS_MAX),
  maxSweeps: z.number().int().min(1).max(32).default(32),
  maxInputs: z.number().int().min(1).max(20).default(20),
});

const keepHot = z
  .string()
  .regex(/^((0|[1-9][0-9]{0,15})|(0|[1-9][0-9]?|100)%)$/, 'iota ("1000000") or percent ("20%")')
  .transform((text) =>
    text.endsWith('%')
      ? { unit: 'percent' as const, amount: BigInt(text.slice(0, -1)) }
      : { unit: 'iota' as const, amount: BigInt(text) },
  );

const reserve = z
  .strictObject({
    keepHot: keepHot.default({ unit: 'iota', amount: 0n }),
    ceiling: amount.nullable().default(null),
    coldKeyringId: keyringId.nullable().default(null),
  })
  .refine(
    ({ ceiling, coldKeyringId: cold }) => ceiling === null || cold !== null,
    'a ceiling needs coldKeyringId: where to',
  );

const alarms = z.strictObject({
  poolDays: z.number().min(0).max(365).default(7),
  poolAddresses: z.number().int().min(0).max(100_000).default(5),
  requestStaleMs: duration.default(12 * HOUR_MS),
  withdrawalDelayedMs: duration.default(DAY_MS),
});

const settings: z.ZodType<Settings, unknown> = z.strictObject({
  nodes: z.array(z.string().max(2048)).max(16).default([]),
  creditPolicy: z.enum(['swept', 'confirmed', 'sweep-confirmed']).default('swept'),
  hotUser: userId.nullable().default(null),
  composition: z.enum(['separate', 'combined']).default('separate'),
  minSweepAmount: amount.default(0n),
  settleDelayMs: duration.default(0),
  hubFanout: z.number().int().min(1).max(1000).default(4),
  floatTarget: amount.default(0n),
  reserveAfterMs: duration.default(DAY_MS),
  keepMessages: z.boolean().default(false),
  quarantineAfterMs: duration.default(10 * MINUTE_MS),
  schedules: z.array(schedule).max(64).default([]),
  reserve: reserve.default(reserve.parse({})),
  alarms: alarms.default(alarms.parse({})),
});

export const DEFAULT_SETTINGS: Settings = settings.parse({});

/** @throws CoordinatorError invalid_request that names every field at fault */
export function parseSettings(text: string): Settings {
  const invalid = (message: string): CoordinatorError =>
    new CoordinatorError('invalid_request', `the settings: ${message}`, {
      next: 'correct the file; docs/settings.md lists every field',
    });
  if (Buffer.byteLength(text) > SETTINGS_BYTES_MAX) {
    throw invalid(`expected at most ${SETTINGS_BYTES_MAX} bytes`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw invalid('expected JSON');
  }
  const parsed = settings.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => {
    return `${path.length === 0 ? 'the file' : path.join('.')}: ${message}`;
  });
  throw invalid(faults.join('; '));
}
