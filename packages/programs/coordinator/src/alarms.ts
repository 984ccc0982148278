/**
 * Alarms: what somebody has to look at, as events of the journal. Most follow from the state by a rule
 * and clear themselves; those about what stays as it is (a stranded deposit, a replay, a fork) are
 * cleared by a person, and are raised again only if there is more of it.
 */
import type { AlarmName } from '@airlock/journal';
import { withChecksum } from '@airlock/protocol';
import { hubMoney, shortageOf } from './cold/reserve.ts';
import type { Coordinator } from './coordinator.ts';
import { CoordinatorError } from './error.ts';
import { daysLeft } from './keyrings.ts';
import { alarmKey } from './ledger/apply.ts';
import { forgottenBundles } from './ledger/apply-record.ts';
import { ALL_ROWS } from './ledger/indexes.ts';
import { recount } from './ledger/recount.ts';
import { type KeyringRow, SURRENDERED } from './ledger/rows.ts';
import type { NodeHealth } from './nodes/node-client.ts';

export interface Alarm {
  readonly alarm: AlarmName;
  readonly subject: string;
  readonly detail: string;
}

const DAY_MS = 86_400_000;

/** A journal event's texts have at most 256 characters. */
const DETAIL_CHARACTERS_MAX = 256;

/** Raised when something happens, or about what stays so: no rule clears them. */
const CLEARED_BY_HAND: ReadonlySet<AlarmName> = new Set([
  'deposit.stranded',
  'sweep.replayed',
  'keyring.behind',
  'keyring.forked',
  'withdrawal.unsafe',
]);

/** Raises an alarm unless it is raised, or was cleared by a person with this very detail. */
export async function raiseAlarm({ ledger, log }: Coordinator, due: Alarm): Promise<void> {
  const { alarm, subject } = due;
  const detail = due.detail.slice(0, DETAIL_CHARACTERS_MAX);
  await ledger.execute(({ draft, record }) => {
    const known = draft.get('alarms', alarmKey(alarm, subject));
    if (known?.clearedAt === null) return;
    if (CLEARED_BY_HAND.has(alarm) && known?.detail === detail) return;
    record({ type: 'alarm.raised', alarm, subject, detail });
    log(`ALARM ${alarm}: ${subject}: ${detail}`);
  });
}

/** Clears an alarm; false if it is not raised. */
export function clearAlarm(
  { ledger, log }: Coordinator,
  { alarm, subject }: Pick<Alarm, 'alarm' | 'subject'>,
): Promise<boolean> {
  return ledger.execute(({ draft, record }) => {
    if (draft.get('alarms', alarmKey(alarm, subject))?.clearedAt !== null) return false;
    record({ type: 'alarm.cleared', alarm, subject });
    log(`alarm ${alarm} of ${subject} is cleared`);
    return true;
  });
}

const hours = (milliseconds: number): string => `${Math.floor(milliseconds / 3_600_000)} h`;

function keyringAlarms(coordinator: Coordinator, keyring: KeyringRow): Alarm[] {
  const { pools, settings, ledger, now } = coordinator;
  const { id: subject } = keyring;
  const { poolDays, poolAddresses } = settings.alarms;
  // The pace of the first hours says nothing about the days to come.
  const hasPace = now() - keyring.assignedSince >= DAY_MS;
  const days = hasPace ? daysLeft(coordinator, keyring) : null;
  const deposit = pools.size(subject, 'deposit');
  const hub = pools.size(subject, 'hub');
  const due: Alarm[] = [];
  const isLow = (days !== null && days < poolDays) || Math.min(deposit, hub) < poolAddresses;
  // One that was just paired has had no batch yet: nothing runs out.
  if (isLow && keyring.batches > 0) {
    const lasts = days === null ? '' : `, for ${days} days`;
    const detail = `${deposit} deposit addresses are left${lasts}, and ${hub} hub addresses`;
    due.push({ alarm: 'pool.low', subject, detail });
  }
  let float = 0n;
  for (const { kind, balance } of ledger.state.find([{ index: 'spendable', name: subject }])) {
    if (kind === 'hub') float += balance;
  }
  if (keyring.purpose === 'hot' && float < settings.floatTarget) {
    const detail = `${float} i of confirmed hub money are free, ${settings.floatTarget} i are wanted`;
    due.push({ alarm: 'float.low', subject, detail });
  }
  return due;
}

const UNPAID = ['queued', 'planned', 'requested', 'signed', 'attached', 'blocked'] as const;

function waitingAlarms({ ledger: { state }, settings, now }: Coordinator): Alarm[] {
  const due: Alarm[] = [];
  const { requestStaleMs, withdrawalDelayedMs } = settings.alarms;
  const unanswered = (['outstanding', 'void-requested'] as const).flatMap((name) => [
    ...state.find([{ index: 'requests', name }]),
  ]);
  for (const request of unanswered) {
    const age = now() - request.createdAt;
    if (age < requestStaleMs) continue;
    const detail = `sequence ${request.sequence} has no response after ${hours(age)}`;
    due.push({ alarm: 'request.stale', subject: request.id, detail });
  }
  const unpaid = UNPAID.flatMap((name) => [...state.find([{ index: 'withdrawals', name }])]);
  for (const { id, status, requestedAt, amount, replacedBy } of unpaid) {
    const age = now() - requestedAt;
    if (replacedBy !== null || age < withdrawalDelayedMs) continue;
    const detail = `${amount} i are ${status} after ${hours(age)}`;
    due.push({ alarm: 'withdrawal.delayed', subject: id, detail });
  }
  return due;
}

function depositAlarms({ ledger: { state } }: Coordinator): Alarm[] {
  const due: Alarm[] = [];
  const stranded = state.find([{ index: 'deposits', name: 'stranded' }]);
  for (const { id, userId, amount, address } of stranded) {
    const detail = `${amount} i of ${userId} came to ${withChecksum(address)} after its key was asked to sign`;
    due.push({ alarm: 'deposit.stranded', subject: id, detail });
  }
  const odd = state.find([{ index: 'quarantined', name: ALL_ROWS }]);
  for (const { address, quarantine } of odd) {
    const subject = withChecksum(address);
    due.push({ alarm: 'address.quarantined', subject, detail: quarantine ?? '' });
  }
  return due;
}

/** Money where somebody else has the key, too. */
function surrenderedAlarms({ ledger: { state } }: Coordinator): Alarm[] {
  const due: Alarm[] = [];
  for (const { address, balance } of state.find([{ index: 'custody', name: SURRENDERED }])) {
    if (balance === 0n) continue;
    const detail = `its seed was given away, and it holds ${balance} i: who has the seed must move them; then correct it`;
    due.push({ alarm: 'address.surrendered', subject: withChecksum(address), detail });
  }
  return due;
}

/** The reserve: less hot money than the settings want, or than what is asked for. */
function reserveAlarms({ ledger: { state }, settings }: Coordinator): Alarm[] {
  const { queued, kept, hot } = shortageOf(state, settings.reserve);
  const due: Alarm[] = [];
  const next = 'GET /v1/cold-proposals says what would help';
  if (hot < kept) {
    const detail = `${hot} i are hot or on their way, ${kept} i have to be; ${next}`;
    due.push({ alarm: 'reserve.low', subject: 'hub', detail });
  }
  // Without any cold money, a withdrawal that waits has an alarm of its own.
  if (queued > hot && hubMoney(state).cold > 0n) {
    const detail = `${queued} i are queued, ${hot} i are hot or on their way; ${next}`;
    due.push({ alarm: 'hot.short', subject: 'hub', detail });
  }
  return due;
}

function sweepAlarms({ ledger: { state } }: Coordinator): Alarm[] {
  const due: Alarm[] = [];
  for (const { id: subject, shortfalls, abandoned } of state.find([
    { index: 'sweeps', name: 'blocked' },
  ])) {
    // Decided: nobody has to look at it.
    if (abandoned !== null) continue;
    const missing = shortfalls.map(
      ({ address, amount }) => `${amount} i are missing on ${withChecksum(address)}`,
    );
    const unsigned = 'its keys or payouts are bound to another bundle';
    const detail = missing.length === 0 ? unsigned : missing.join(', ');
    due.push({ alarm: 'sweep.blocked', subject, detail });
  }
  for (const { id: subject, replays } of state.find([{ index: 'replayed', name: ALL_ROWS }])) {
    const detail = `it was confirmed again, by ${replays.length} other attachments`;
    due.push({ alarm: 'sweep.replayed', subject, detail });
  }
  const alone = new Set<string>();
  for (const row of state.rows('forgottenKeys')) if (row.alone) alone.add(row.bundleHash);
  for (const subject of forgottenBundles(state)) {
    const how = alone.has(subject) ? 'by the signer alone' : 'before this coordinator was restored';
    const detail = `it was signed ${how}, and is not booked yet: by itself once it is confirmed, or by POST /v1/forgotten-bundles/${subject}/book`;
    due.push({ alarm: 'sweep.forgotten', subject, detail });
  }
  return due;
}

/** A node that fails or lags for a moment is no alarm; one that was outvoted is. */
const NODE_FAULT_MS = 120_000;

/** A node that was well for less long may be one that comes and goes: its alarm stays as it is. */
const NODE_WELL_MS = 3_600_000;

function nodeAlarms({ node, now, ledger }: Coordinator): Alarm[] {
  const isRaised = (subject: string): boolean =>
    ledger.state.get('alarms', alarmKey('node.disagrees', subject))?.clearedAt === null;
  const isDue = ({ name, state, since }: NodeHealth): boolean => {
    if (isRaised(name)) return state !== 'ok' || now() - since < NODE_WELL_MS;
    if (state === 'ok' || state === 'unknown') return false;
    return state === 'disagrees' || now() - since >= NODE_FAULT_MS;
  };
  return node
    .health()
    .filter(isDue)
    .map(({ name: subject, state, detail }) => {
      return { alarm: 'node.disagrees', subject, detail: `${state}: ${detail}` };
    });
}

/** Sums that their rows do not give. It reads the whole state. */
function equationAlarms({ ledger }: Coordinator): Alarm[] {
  return recount(ledger.state).map(({ term: subject, booked, counted }) => {
    const detail = `the ledger says ${booked} i, its rows add up to ${counted} i`;
    return { alarm: 'equation.broken', subject, detail };
  });
}

/** What is due now, by every rule. */
function alarmsDue(coordinator: Coordinator): Alarm[] {
  const active = [...coordinator.ledger.state.rows('keyrings')].filter(
    ({ state }) => state === 'active',
  );
  return [
    ...active.flatMap((keyring) => keyringAlarms(coordinator, keyring)),
    ...waitingAlarms(coordinator),
    ...depositAlarms(coordinator),
    ...sweepAlarms(coordinator),
    ...reserveAlarms(coordinator),
    ...surrenderedAlarms(coordinator),
    ...nodeAlarms(coordinator),
  ];
}

/** Rounds between two counts of the whole state. */
const RECOUNT_ROUNDS = 60;

/** A round of alarms that counts the whole state now and then. */
export function createAlarmRound(coordinator: Coordinator): () => Promise<void> {
  let rounds = 0;
  let miscounts: readonly Alarm[] = [];
  return async () => {
    if (rounds % RECOUNT_ROUNDS === 0) miscounts = equationAlarms(coordinator);
    rounds += 1;
    await alarmRound(coordinator, miscounts);
  };
}

/** Raises what is due and clears what is due no more. */
export async function alarmRound(
  coordinator: Coordinator,
  miscounts: readonly Alarm[] = equationAlarms(coordinator),
): Promise<void> {
  const due = [...alarmsDue(coordinator), ...miscounts];
  const keys = new Set(due.map(({ alarm, subject }) => alarmKey(alarm, subject)));
  const over = [...coordinator.ledger.state.rows('alarms')].filter(
    ({ alarm, subject, clearedAt }) =>
      clearedAt === null && !CLEARED_BY_HAND.has(alarm) && !keys.has(alarmKey(alarm, subject)),
  );
  for (const alarm of due) await raiseAlarm(coordinator, alarm);
  for (const alarm of over) await clearAlarm(coordinator, alarm);
}

/** @throws CoordinatorError not_found */
export async function clearByHand(
  coordinator: Coordinator,
  alarm: Pick<Alarm, 'alarm' | 'subject'>,
): Promise<void> {
  if (await clearAlarm(coordinator, alarm)) return;
  throw new CoordinatorError(
    'not_found',
    `alarm ${alarm.alarm} of ${alarm.subject} is not raised`,
    {
      next: 'list them with GET /v1/alarms',
    },
  );
}
