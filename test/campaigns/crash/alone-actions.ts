/** Steps without a coordinator: spends out of custody, and seeds that are given away. */
import type { IssuedAddress } from '@airlock/gap';
import { checksumOf, withChecksum } from '@airlock/protocol';
import { addressOf, slipOf } from '../../../packages/programs/signer/test/world.ts';
import { pick } from '../decoders/random.ts';
import { type Action, refused, signArgs } from './action.ts';
import type { History } from './history.ts';

/** A spend that was made, to be repeated. */
export interface Spent {
  readonly key: IssuedAddress;
  readonly slip: Uint8Array;
}

/** A key that was used without a request, and the code by which every other use is refused. */
export interface UsedAlone {
  readonly key: IssuedAddress;
  readonly code: 'key_already_signed' | 'key_surrendered';
}

function spendArgs(history: History, { key, slip }: Spent, payee: string): string[] {
  const out = history.path('trytes');
  return [
    ...['spend', '--slip', history.put('slip', slip), '--out', out],
    ...['--input', `${withChecksum(key.address)}=9`, '--to', withChecksum(payee)],
    ...['--confirm', checksumOf(payee)],
  ];
}

const PAYEE = addressOf('S');

async function spend(history: History): Promise<void> {
  const key = history.coordinator.takeKey();
  const spent = { key, slip: slipOf([key]) };
  history.truth.registerKey(key);
  await history.main({ args: spendArgs(history, spent, PAYEE) });
  history.spends.push(spent);
  history.usedAlone.push({ key, code: 'key_already_signed' });
}

/** The same spend once more, at another time: the same bytes, and no entry. */
async function spendAgain(history: History): Promise<void> {
  const before = history.headNumber;
  await history.main({ args: spendArgs(history, pick(history.random, history.spends), PAYEE) });
  if (history.headNumber !== before) history.truth.fail('a repeated spend moved the head');
}

async function surrender(history: History): Promise<void> {
  const key = history.coordinator.takeKey();
  history.truth.registerKey(key);
  const confirm = ['--confirm', checksumOf(key.address)];
  await history.main({ args: ['surrender', '--address', withChecksum(key.address), ...confirm] });
  history.usedAlone.push({ key, code: 'key_surrendered' });
}

/** A key that was used alone, asked for by a request or by another spend. */
async function reuse(history: History): Promise<void> {
  const { random, coordinator } = history;
  const { key, code } = pick(random, history.usedAlone);
  if (random(2) === 0) {
    const asked = coordinator.askFor(key);
    history.truth.register(asked);
    await refused(history, `a request for a key of ${code}`, () =>
      history.main({ args: signArgs(history, asked, history.path('stolen')), may: [code] }),
    );
    return;
  }
  const args = spendArgs(history, { key, slip: slipOf([key]) }, addressOf('X'));
  await refused(history, `a spend of a key of ${code}`, () => history.main({ args, may: [code] }));
}

const canTake = ({ coordinator }: History): boolean => coordinator.canAsk;

export const ALONE_ACTIONS: readonly Action[] = [
  { name: 'spend', weight: 2, isPossible: canTake, act: spend },
  {
    name: 'spend again',
    weight: 1,
    isPossible: ({ spends }) => spends.length > 0,
    act: spendAgain,
  },
  { name: 'surrender', weight: 1, isPossible: canTake, act: surrender },
  { name: 'reuse', weight: 2, isPossible: ({ usedAlone }) => usedAlone.length > 0, act: reuse },
];
