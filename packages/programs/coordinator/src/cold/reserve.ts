/**
 * The reserve: how much hub money is hot and how much is cold, how much has to stay hot, and what would
 * bring hot money back to where it has to be. Pure functions of the state.
 */
import type { ColdProposal } from '@airlock/api';
import { INPUTS_MAX } from '@airlock/gap';
import { isCold, isHeld } from '../ledger/apply-cold.ts';
import { ALL_ROWS } from '../ledger/indexes.ts';
import { type AddressRow, SURRENDERED } from '../ledger/rows.ts';
import type { LedgerState } from '../ledger/state.ts';
import type { Settings } from '../settings.ts';

/** Hub money by where it can be spent from, in iota. */
export interface HubMoney {
  /** Confirmed, on addresses that any sweep may spend. */
  readonly hot: bigint;
  /** On its way to such addresses, in sweeps that are not confirmed. */
  readonly underWay: bigint;
  /** Set aside, or of a cold keyring. */
  readonly cold: bigint;
}

const UNDER_WAY = ['planned', 'requested', 'signed', 'attached'] as const;

function isHotKeyring(state: LedgerState, keyringId: string): boolean {
  return state.get('keyrings', keyringId)?.purpose === 'hot';
}

/** Hub addresses with money, and deposit addresses of cold keyrings, which no sweep empties into them. */
export function* houseMoney(state: LedgerState): Generator<AddressRow> {
  yield* state.find([{ index: 'hubMoney', name: ALL_ROWS }]);
  for (const { id, purpose } of state.rows('keyrings')) {
    if (purpose !== 'cold') continue;
    for (const row of state.find([{ index: 'spendable', name: id }])) {
      if (row.kind === 'deposit') yield row;
    }
  }
}

export function hubMoney(state: LedgerState): HubMoney {
  let [hot, cold, underWay] = [0n, 0n, 0n];
  for (const row of houseMoney(state)) {
    if (row.custody === SURRENDERED) continue;
    if (isCold(state, row)) cold += row.balance;
    else hot += row.balance;
  }
  for (const name of UNDER_WAY) {
    for (const { outputs } of state.find([{ index: 'sweeps', name }])) {
      for (const { kind, address, amount } of outputs) {
        if (kind === 'withdrawal') continue;
        const { keyringId = '' } = state.get('addresses', address) ?? {};
        if (isHotKeyring(state, keyringId)) underWay += amount;
      }
    }
  }
  return { hot, underWay, cold };
}

/** How much has to stay hot: an amount, or a share of all hub money. */
export function keptHot(
  { keepHot }: Pick<Settings['reserve'], 'keepHot'>,
  { hot, underWay, cold }: HubMoney,
): bigint {
  if (keepHot.unit === 'iota') return keepHot.amount;
  return ((hot + underWay + cold) * keepHot.amount) / 100n;
}

/** What queued withdrawals ask for together. */
export function queuedAmount(state: LedgerState): bigint {
  let sum = 0n;
  for (const { amount } of state.find([{ index: 'withdrawals', name: 'queued' }])) sum += amount;
  return sum;
}

export interface Shortage {
  readonly queued: bigint;
  readonly kept: bigint;
  /** Hot money, with what is on its way. */
  readonly hot: bigint;
  /** What is missing to pay the queue and keep what has to stay hot; 0 or more. */
  readonly missing: bigint;
}

export function shortageOf(state: LedgerState, reserve: Settings['reserve']): Shortage {
  const money = hubMoney(state);
  const queued = queuedAmount(state);
  const kept = keptHot(reserve, money);
  const hot = money.hot + money.underWay;
  const missing = queued + kept - hot;
  return { queued, kept, hot, missing: missing > 0n ? missing : 0n };
}

/** Addresses of a custody, the largest first, until they hold what is missing. */
function bringBack(state: LedgerState, custodyId: string, missing: bigint): BringBack {
  const rows = [...state.find([{ index: 'custody', name: custodyId }])].filter((row) =>
    isHeld(row, custodyId),
  );
  rows.sort((a, b) => (a.balance > b.balance ? -1 : 1));
  const addresses: string[] = [];
  let brings = 0n;
  for (const { address, balance } of rows) {
    if (brings >= missing || balance === 0n) break;
    addresses.push(address);
    brings += balance;
  }
  return { addresses, brings };
}

interface BringBack {
  readonly addresses: readonly string[];
  readonly brings: bigint;
}

/** The most that one bundle can spend of a cold keyring. */
function coldBalanceOf(state: LedgerState, keyringId: string): bigint {
  const balances = [...state.find([{ index: 'spendable', name: keyringId }])]
    .filter(({ quarantine }) => quarantine === null)
    .map(({ balance }) => balance)
    .sort((a, b) => (a > b ? -1 : 1));
  return balances.slice(0, INPUTS_MAX).reduce((sum, balance) => sum + balance, 0n);
}

/** Calls of which each would bring money back to where any sweep may spend it; none if enough is hot. */
export function proposalsOf(
  state: LedgerState,
  { reserve, shownAs }: Pick<Settings, 'reserve'> & { shownAs: (address: string) => string },
): ColdProposal[] {
  const { queued, kept, hot, missing } = shortageOf(state, reserve);
  if (missing === 0n) return [];
  const why = `${queued} i are queued and ${kept} i have to stay hot, but ${hot} i are hot or on their way`;
  const common = { why, missing: missing.toString() };
  const found: ColdProposal[] = [];
  const propose = (brings: bigint, body: ColdProposal['call']['body']): void => {
    const call = { method: 'POST', path: '/v1/cold-orders', body } as const;
    found.push({ ...common, brings: brings.toString(), call });
  };
  for (const { id: custodyId, status } of state.find([
    { index: 'coldOrders', name: 'set-aside' },
  ])) {
    if (status !== 'in-custody') continue;
    const { addresses, brings } = bringBack(state, custodyId, missing);
    if (brings === 0n) continue;
    propose(brings, { type: 'bring-back', custodyId, addresses: addresses.map(shownAs) });
  }
  for (const { id: keyringId, purpose, state: standing } of state.rows('keyrings')) {
    if (purpose !== 'cold' || standing !== 'active') continue;
    const balance = coldBalanceOf(state, keyringId);
    const brings = balance < missing ? balance : missing;
    if (brings > 0n) propose(brings, { type: 'spend', keyringId, toHot: brings.toString() });
  }
  found.sort((a, b) => (BigInt(a.brings) > BigInt(b.brings) ? -1 : 1));
  const topUp = { reference: `${missing} i are missing` };
  const call = { method: 'POST', path: '/v1/top-ups', body: topUp } as const;
  return [...found, { ...common, brings: '0', call }];
}
