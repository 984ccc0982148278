/** Spending from cold: slips for the signer, any destination, losses by decision, voids, and what the signer did alone. */
import { openSigningRequest } from '@airlock/gap';
import { type Slot, withChecksum } from '@airlock/protocol';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { openSpend, repeatSpend } from '../src/cold/cold-spend.ts';
import { openCustody } from '../src/cold/custody.ts';
import { pairKeyring } from '../src/keyrings.ts';
import type { AddressRow } from '../src/ledger/rows.ts';
import { finalizeSweep, slotsOf } from '../src/signing/bundles.ts';
import { importResponse } from '../src/signing/responses.ts';
import { requestFile } from '../src/signing/signing.ts';
import { bookForgotten, recoverForgotten } from '../src/tangle/recovery.ts';
import { sendAlone } from './alone.ts';
import {
  type Custody,
  hubMoney,
  hubRows,
  orderOf,
  pairCold,
  payOut,
  putIntoCustody,
  rowOf,
} from './cold.ts';
import type { HonestSigner } from './signer.ts';
import { beforeEachAlice, type Stage } from './stage.ts';
import {
  answer,
  assign,
  codeOf,
  confirmSweeps,
  differenceOf,
  dump,
  foreignAddress,
  importOwnRecord,
  replayed,
  request,
  stateOf,
  voidIt,
  type World,
  withdrawalIdOf,
} from './world.ts';

let stage: Stage;
let world: World;
let hub: AddressRow[];
let custody: Custody;

beforeEachAlice(20, (next) => {
  stage = next;
  world = next.world;
});
beforeEach(async () => {
  hub = await hubMoney(world, stage.served, [10n, 20n, 30n, 40n]);
  custody = await putIntoCustody(
    world,
    hub.slice(1).map(({ address }) => withChecksum(address)),
  );
});

type Spend = Parameters<typeof openSpend>[1];

const texts = (...places: number[]): string[] =>
  places.map((place) => withChecksum(hub[place]!.address));
const spend = async (asked: Omit<Spend, 'type' | 'keyringId'> & { keyringId?: string }) => {
  const { keyringId } = world.signer;
  let id = '';
  const made = await openSpend(
    world.coordinator,
    { type: 'spend', keyringId, ...asked },
    (orderId) => () => {
      id = orderId;
      return { type: 'put', key: 'i/test', value: '' };
    },
  );
  return { ...made, id };
};
const payee = withChecksum(foreignAddress('P'));
const statement = () => stateOf(world).get('totals', '')!;
const sign = async (requestId: string | null): Promise<void> => {
  const file = await answer(world, requestId, { slips: custody.slips });
  await importResponse(world.coordinator, file);
};
const confirm = async (): Promise<void> => {
  await confirmSweeps(world, stage.served);
  await world.monitor.round();
};
const isSound = async (): Promise<void> => {
  expect(differenceOf(stateOf(world))).toBe(0n);
  expect(await replayed(world.store)).toEqual(dump(stateOf(world)));
};

describe('a spend of addresses in custody', () => {
  test('names each key by its place in the slip, and no UUID', async () => {
    const { requestId } = await spend({ addresses: texts(3, 1) });
    const file = await requestFile(world.coordinator, requestId!);
    const { request: made } = openSigningRequest(file, [world.coordinator.identity.publicKey]);
    const keys = made.bundles[0]!.flatMap(({ role }) => (role.kind === 'input' ? [role.key] : []));
    const { slipDigest } = orderOf(world, custody.id);
    expect(keys).toEqual([
      { kind: 'slip', slipDigest, index: 2 },
      { kind: 'slip', slipDigest, index: 0 },
    ]);
    await expect(answer(world, requestId)).rejects.toThrow('slip_required');
  });

  test('moves everything to a fresh hub address of its own keyring, where sweeps find it', async () => {
    const { requestId } = await spend({ addresses: texts(2, 3) });
    await sign(requestId);
    await confirm();
    const rows = hubRows(world).map(({ balance, custody: order }) => [balance, order]);
    expect(rows).toEqual([
      [10n, null],
      [20n, custody.id],
      [70n, null],
    ]);
    expect(statement()).toMatchObject({ assets: 100n, operator: 100n });
    await isSound();
  });

  test('pays queued withdrawals and the operator’s own payouts', async () => {
    const queued = await payOut(world, { address: foreignAddress('Q'), amount: 45n });
    const { requestId, sweeps } = await spend({
      withdrawalIds: [queued],
      payouts: [{ id: withdrawalIdOf(31), address: payee, amount: '5', tag: 'X' }],
    });
    // The smallest run of addresses that covers 50.
    expect(sweeps[0]!.inputs.map(({ amount }) => amount)).toEqual([20n, 30n]);
    await sign(requestId);
    await confirm();
    expect(stateOf(world).get('withdrawals', queued)?.status).toBe('confirmed');
    expect(statement()).toMatchObject({ assets: 50n, operator: 50n, unpaidWithdrawals: 0n });
    await isSound();
  });

  test('is the only way: no ordinary request takes them', async () => {
    await payOut(world, { address: foreignAddress('Q'), amount: 15n });
    const { leftOut } = await request(world, { dryRun: true });
    expect(leftOut).toHaveLength(1);
  });

  test.each([
    ['nothing to do', {}, 'invalid_request'],
    ['an address that is hot', { addresses: [0] }, 'cold_order_state'],
    ['an address of nobody', { addresses: ['N'] }, 'cold_order_state'],
    ['one address twice', { addresses: [1, 1] }, 'invalid_request'],
    ['more than it holds', { addresses: [1], toHot: '21' }, 'insufficient_balance'],
    ['more than there is', { toHot: '91' }, 'insufficient_balance'],
    [
      'a payout of 0',
      { payouts: [{ id: withdrawalIdOf(31), address: payee, amount: '0' }] },
      'invalid_request',
    ],
    ['a withdrawal that is not queued', { withdrawalIds: ['nobody'] }, 'withdrawal_unknown'],
    ['a keyring of nobody', { keyringId: 'kr_0', addresses: [1] }, 'keyring_unknown'],
    ['a rest for nobody', { addresses: [1], restKeyringId: 'kr_0' }, 'keyring_unknown'],
  ])('with %s is refused, and nothing changes', async (_what, fields, code) => {
    const { addresses, ...rest } = fields as { addresses?: (number | string)[] };
    const named = addresses?.map((each) =>
      typeof each === 'number' ? texts(each)[0]! : withChecksum(foreignAddress(each)),
    );
    const before = dump(stateOf(world));
    const asked = { ...rest, ...(named === undefined ? {} : { addresses: named }) };
    expect(await codeOf(spend(asked))).toBe(code);
    expect(dump(stateOf(world))).toEqual(before);
  });

  test('to a key that has been asked to sign is refused', async () => {
    const { requestId } = await spend({ addresses: texts(1) });
    const used = withChecksum(hub[1]!.address);
    const call = spend({ payouts: [{ id: withdrawalIdOf(31), address: used, amount: '1' }] });
    expect(await codeOf(call)).toBe('cold_order_state');
    await sign(requestId);
  });

  test('never pays to an address that it spends: no signer signs that', async () => {
    const queued = await payOut(world, { address: hub[1]!.address, amount: 15n });
    const named = spend({ withdrawalIds: [queued], addresses: texts(1) });
    expect(await codeOf(named)).toBe('cold_order_state');
    const { sweeps } = await spend({ withdrawalIds: [queued] });
    expect(sweeps[0]!.inputs.map(({ amount }) => amount)).toEqual([30n]);
  });

  test('of money that users own leaves the house only by a loss that somebody decides', async () => {
    // All of the operator's money is asked for by others.
    await payOut(world, { address: foreignAddress('Q'), amount: 95n });
    const payouts = [{ id: withdrawalIdOf(31), address: payee, amount: '20' }];
    expect(await codeOf(spend({ payouts }))).toBe('insufficient_balance');
    const { requestId } = await spend({ payouts, lossReason: 'moved to another wallet of ours' });
    expect(statement()).toMatchObject({ operator: -15n, unpaidWithdrawals: 115n });
    await sign(requestId);
    await confirm();
    expect(statement()).toMatchObject({ assets: 80n, operator: -15n, unpaidWithdrawals: 95n });
    await isSound();
  });

  test('without a receipt yet is refused', async () => {
    const row = hub[0]!;
    const addresses = [withChecksum(row.address)];
    await openCustody(world.coordinator, { addresses, reference: null }, () => undefined);
    await expect(spend({ addresses })).rejects.toMatchObject({
      code: 'cold_order_state',
      message: expect.stringContaining('receipt'),
    });
  });
});

describe('a spend whose request is voided', () => {
  test('is asked again by its order, not by an ordinary request', async () => {
    const { requestId, id, sweeps } = await spend({ addresses: texts(1) });
    expect(await codeOf(repeatSpend(world.coordinator, id, undefined))).toBe('cold_order_state');
    await voidIt(world, requestId!);
    await payOut(world, { address: foreignAddress('Q'), amount: 10n });
    const ordinary = await request(world);
    expect(ordinary.sweeps).toHaveLength(1);
    const again = await repeatSpend(world.coordinator, id, undefined);
    expect(again.sweeps.map(({ hash }) => hash)).toEqual(sweeps.map(({ hash }) => hash));
    await sign(again.requestId);
    await confirm();
    await isSound();
  });
});

describe('a cold keyring', () => {
  let vault: HonestSigner;
  beforeEach(async () => {
    // Another one for each test: their addresses are on one dev node.
    vault = await pairCold(world, 100 + stage.number, 15);
  });
  const coldAddress = (): string => {
    const named = { keyringId: vault.keyringId, kind: 'hub' } as const;
    return world.coordinator.pools.next(named, 1)[0]!.address;
  };

  test('gets hot money by a spend, with the proof that its signer made the address', async () => {
    const expected = coldAddress();
    const { requestId, sweeps } = await spend({
      addresses: texts(2),
      restKeyringId: vault.keyringId,
    });
    expect(sweeps[0]!.outputs).toMatchObject([{ kind: 'cold', address: expected, amount: 30n }]);
    const file = await requestFile(world.coordinator, requestId!);
    const { request: made } = openSigningRequest(file, [world.coordinator.identity.publicKey]);
    expect(made.bundles[0]!.at(-1)!.role.kind).toBe('cold');
    await sign(requestId);
    await confirm();
    expect(rowOf(world, expected)).toMatchObject({ balance: 30n, status: 'active' });
    expect(statement()).toMatchObject({ assets: 100n, operator: 100n });
    await isSound();
  });

  test('gives hot money back by an order of its own, signed by its own signer', async () => {
    const { requestId } = await spend({ addresses: texts(2), restKeyringId: vault.keyringId });
    await sign(requestId);
    await confirm();
    const order = await spend({ keyringId: vault.keyringId, toHot: '12' });
    expect(order.sweeps[0]!.outputs).toMatchObject([
      { kind: 'cold', amount: 12n },
      { kind: 'own', amount: 18n },
    ]);
    const { coordinator } = world;
    const response = await answer({ coordinator, signer: vault }, order.requestId);
    await importResponse(coordinator, response);
    await confirm();
    const rows = hubRows(world).map(({ balance, keyringId }) => [
      balance,
      keyringId === vault.keyringId,
    ]);
    expect(rows).toContainEqual([12n, false]);
    expect(rows).toContainEqual([18n, true]);
    await isSound();
  });

  test('has its deposits credited when they are confirmed: no sweep will come', async () => {
    const { coordinator, monitor } = world;
    const named = { keyringId: vault.keyringId, kind: 'deposit' } as const;
    const { address } = coordinator.pools.next(named, 1)[0]!;
    await coordinator.ledger.execute(({ record }) =>
      record({ type: 'address.assigned', address, userId: 'alice' }),
    );
    const { devNode } = stage.served;
    devNode.pay({ address, amount: 7n });
    devNode.pay({ address: await assign(world, 'alice'), amount: 5n });
    devNode.issueMilestone();
    await monitor.round();
    expect(stateOf(world).get('users', 'alice')).toMatchObject({
      available: 7n,
      pendingDeposits: 5n,
    });
    const { sweeps } = await request(world, { dryRun: true });
    expect(sweeps.flatMap(({ inputs }) => inputs.map((input) => input.address))).not.toContain(
      address,
    );
    await isSound();
  });

  test('paired once for one purpose stays for it', async () => {
    expect(await codeOf(pairKeyring(world.coordinator, vault.card(), 'hot'))).toBe('state_changed');
    expect(await pairKeyring(world.coordinator, vault.card())).toBe(vault.keyringId);
    expect(stateOf(world).get('keyrings', vault.keyringId)?.purpose).toBe('cold');
  });
});

describe('what the signer has spent alone', () => {
  /** Spends addresses of the custody to others, as an officer would with slip and signer. */
  const alone = async (
    places: readonly number[],
    outputs: readonly { address: string; amount: bigint }[],
  ): Promise<string> => {
    const inputs = places.map((place) => ({
      address: hub[place]!.address,
      amount: hub[place]!.balance,
      securityLevel: 1,
      depositIds: [],
    }));
    const paid = outputs.map((output) => {
      const kind = 'unasked' as const;
      return { ...output, kind, withdrawalId: null, tag: '9'.repeat(27) };
    });
    const timestamp = Math.floor(Date.now() / 1000);
    const final = finalizeSweep({ inputs, outputs: paid, timestamp });
    const slots: Slot[] = slotsOf({ inputs, outputs: paid, timestamp, ...final });
    const signatures = world.signer.signAlone(slots);
    await sendAlone(stage.served, { slots, hash: final.hash, signatures });
    return final.hash;
  };
  const look = (addresses: readonly string[]): Promise<number> => world.monitor.look(addresses);

  test('is booked from the Tangle once its record is imported: what comes to us, and what the operator has', async () => {
    const named = { keyringId: world.signer.keyringId, kind: 'hub' } as const;
    const [fresh] = world.coordinator.pools.next(named, 1);
    const bundle = await alone(
      [1, 2],
      [
        { address: fresh!.address, amount: 35n },
        { address: foreignAddress('P'), amount: 15n },
      ],
    );
    await importOwnRecord(world);
    expect(await recoverForgotten(world.coordinator, look)).toBe(1);
    expect(statement()).toMatchObject({ assets: 85n, operator: 85n });
    expect(rowOf(world, fresh!.address)).toMatchObject({ balance: 35n, status: 'active' });
    expect(stateOf(world).get('sweeps', bundle)).toMatchObject({ status: 'confirmed' });
    await isSound();
  });

  test('beyond what the operator has waits for somebody to decide the loss', async () => {
    await payOut(world, { address: foreignAddress('Q'), amount: 95n });
    const bundle = await alone([1], [{ address: foreignAddress('P'), amount: 20n }]);
    await importOwnRecord(world);
    expect(await recoverForgotten(world.coordinator, look)).toBe(0);
    expect(statement()).toMatchObject({ assets: 100n, operator: 5n });
    const booked = { bundle, reason: 'moved by hand', reply: () => 'booked' };
    expect(
      await codeOf(
        bookForgotten(world.coordinator, { ...booked, bundle: foreignAddress('B') }, look),
      ),
    ).toBe('not_found');
    expect(await bookForgotten(world.coordinator, booked, look)).toBe('booked');
    expect(statement()).toMatchObject({ assets: 80n, operator: -15n });
    await isSound();
  });

  test('binds the key: no order spends it again, and the slip brings nothing back', async () => {
    await alone([1], [{ address: foreignAddress('P'), amount: 20n }]);
    await importOwnRecord(world);
    expect(await codeOf(spend({ addresses: texts(1) }))).toBe('cold_order_state');
  });
});

test('a key whose seed was given away is in no sweep and no order any more', async () => {
  for (const place of [0, 2]) {
    const { commitment } = hub[place]!;
    world.signer.append({ kind: 'surrendered', commitment });
  }
  const named = { keyringId: world.signer.keyringId, kind: 'hub' } as const;
  const [pooled] = world.coordinator.pools.next(named, 1);
  world.signer.append({ kind: 'surrendered', commitment: pooled!.commitment });
  await importOwnRecord(world);
  expect(rowOf(world, pooled!.address).status).toBe('retired');
  await payOut(world, { address: foreignAddress('Q'), amount: 10n });
  expect((await request(world, { dryRun: true })).sweeps).toEqual([]);
  await expect(spend({ addresses: texts(2) })).rejects.toMatchObject({
    message: expect.stringContaining('given away'),
  });
  await isSound();
});
