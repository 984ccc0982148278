/** Everything that was acknowledged is there exactly once: asked over HTTP, and read from the store. */
import type { ApiClient, Deposit } from '@airlock/api';
import { readChain } from './chain.ts';
import type { Model } from './model.ts';
import { type CountedEvent, Recount } from './recount.ts';

const PAGE = { limit: 1000 };

/** All rows of a list. */
async function allOf<T>(
  page: (after: string | undefined) => Promise<{ data: readonly T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const rows: T[] = [];
  let after: string | undefined;
  for (;;) {
    const { data, nextCursor } = await page(after);
    rows.push(...data);
    if (nextCursor === null) return rows;
    after = nextCursor;
  }
}

export const depositsOf = (client: ApiClient): Promise<Deposit[]> =>
  allOf((after) => client.call('listDeposits', { query: { ...PAGE, after } }));

/** How often each kind of operation was acknowledged, against how often the journal says it was done. */
function judgeCounts(model: Model, { counts }: Recount): void {
  const cancelled = [...model.withdrawals.values()].filter(({ isCancelled }) => isCancelled);
  const expected: Readonly<Record<string, number>> = {
    'user.created': model.users.size,
    'address.assigned': model.addresses.size,
    'transfer.booked': model.transfers.size,
    'withdrawal.requested': model.withdrawals.size,
    'withdrawal.cancelled': cancelled.length,
    'request.exported': model.requests.size,
    'deposit.confirmed': model.payments.length,
  };
  for (const [type, count] of Object.entries(expected)) {
    model.compare(`${type}, how often`, counts.get(type) ?? 0, count);
  }
}

async function judgeUser(model: Model, client: ApiClient, id: string): Promise<void> {
  const params = { id };
  const { balance } = await client.call('getUser', { params });
  const deposits = await allOf((after) =>
    client.call('listDeposits', { query: { ...PAGE, after, userId: id } }),
  );
  const sumOf = (status: Deposit['status']): bigint =>
    deposits
      .filter((deposit) => deposit.status === status)
      .reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  const available = sumOf('credited') + model.movedOf(id);
  model.compare(`available of ${id}`, balance.available, available.toString());
  model.compare(`pending of ${id}`, balance.pendingDeposits, sumOf('confirmed').toString());
  const history = await allOf((after) =>
    client.call('listHistory', { params, query: { ...PAGE, after } }),
  );
  const total = history.reduce((sum, { amount }) => sum + BigInt(amount), 0n);
  model.compare(`sum of the history of ${id}`, total, available);
  model.compare(
    `end of the history of ${id}`,
    history.at(-1)?.balanceAfter ?? '0',
    balance.available,
  );
  const given = await allOf((after) =>
    client.call('listDepositAddresses', { params, query: { ...PAGE, after } }),
  );
  const expected = [...model.addresses].flatMap(([address, user]) =>
    user === id ? [address] : [],
  );
  model.compare(`addresses of ${id}`, given.map(({ address }) => address).sort(), expected.sort());
}

async function judgeMoney(model: Model, client: ApiClient): Promise<void> {
  const deposits = await depositsOf(client);
  const booked = deposits.map(
    ({ bundle, address, amount }) => `${bundle} ${address.slice(0, 81)} ${amount}`,
  );
  const paid = model.payments.map(
    ({ bundle, address, amount }) => `${bundle} ${address} ${amount}`,
  );
  model.compare('deposits', booked.sort(), paid.sort());
  const withdrawals = await allOf((after) =>
    client.call('listWithdrawals', { query: { ...PAGE, after } }),
  );
  const shown = withdrawals.map(({ id, userId, address, amount, status }) => {
    return `${id} ${userId} ${address} ${amount} ${status === 'cancelled'}`;
  });
  const asked = [...model.withdrawals].map(([id, { userId, address, amount, isCancelled }]) => {
    return `${id} ${userId} ${address} ${amount} ${isCancelled}`;
  });
  model.compare('withdrawals', shown.sort(), asked.sort());
  const judgeTransfer = async ([id, entries]: [string, unknown]): Promise<void> => {
    const transfer = await client.call('getTransfer', { params: { id } }).catch(() => null);
    const found = transfer?.entries.map((entry) => ({ ...entry, amount: BigInt(entry.amount) }));
    model.compare(`transfer ${id}`, found, entries);
  };
  await Promise.all([...model.transfers].map(judgeTransfer));
}

/** Asks a coordinator that was started once more. @returns the events as the API tells them */
export async function judgeApi(model: Model, client: ApiClient): Promise<CountedEvent[]> {
  const judge = (id: string): Promise<void> =>
    judgeUser(model, client, id).catch((cause: unknown) => {
      model.fail(`user ${id}: ${cause instanceof Error ? cause.message : 'failed'}`);
    });
  await Promise.all([...model.users].map(judge));
  await judgeMoney(model, client);
  const statement = await client.call('getStatement');
  const views = await allOf((after) => client.call('listEvents', { query: { ...PAGE, after } }));
  const events = views.map(({ type, data }) => ({ type, data }));
  const { number, ...terms } = statement;
  const recount = new Recount();
  // The coordinator works on: what comes after the statement is not in it.
  for (const event of events.slice(0, number)) recount.add(event);
  for (const fault of recount.faults) model.fail(`journal: ${fault}`);
  model.compare('difference of the statement', terms.difference, '0');
  model.compare('terms of the statement', terms, recount.statement());
  for (const id of model.users) {
    const { balance } = await client.call('getUser', { params: { id } });
    model.compare(
      `recounted balance of ${id}`,
      balance.available,
      String(recount.available.get(id)),
    );
  }
  judgeCounts(model, recount);
  return events;
}

/** Events that come about without anybody's call. */
const BY_ITSELF = new Set(['sweep.attached', 'sweep.confirmed']);

/** Reads the store of a coordinator that has ended; its journal begins with what the API told. */
export async function judgeStore(
  model: Model,
  folder: string,
  told: readonly CountedEvent[],
): Promise<void> {
  const { events, faults } = await readChain(folder);
  for (const fault of faults) model.fail(`chain: ${fault}`);
  for (const [place, event] of events.entries()) {
    const isNew = place >= told.length && BY_ITSELF.has(event.type);
    if (!isNew) model.compare(`event ${place + 1} in the store`, event, told[place]);
  }
  if (events.length < told.length) model.fail(`the store ends with event ${events.length}`);
}
