/** What can happen in a history: one entry for each kind of step. */
import { leavesOf, merkleRoot, openVoidRequest, wordsOf } from '@airlock/gap';
import { recordPath } from '../../../packages/programs/signer/src/home.ts';
import { countAlone } from '../../../packages/programs/signer/src/record-state.ts';
import { appendEntry, loadRecord } from '../../../packages/programs/signer/src/record-store.ts';
import { COORDINATOR, NOW, SIGNER } from '../../../packages/programs/signer/test/world.ts';
import { pick } from '../decoders/random.ts';
import { type Action, refused, signArgs } from './action.ts';
import { ALONE_ACTIONS } from './alone-actions.ts';
import type { Asked } from './coordinator-model.ts';
import type { History } from './history.ts';

/** Signs a request with the home in use; its response, or null if it was refused. */
async function sign(history: History, asked: Asked): Promise<Uint8Array | null> {
  history.truth.register(asked);
  const out = history.path('response');
  const { lastSequence } = history.machine.state(history.homePath);
  const isLate = asked.request.sequence < lastSequence;
  const { exit } = await history.main({
    args: signArgs(history, asked, out),
    may: isLate ? ['sequence_not_rising'] : [],
  });
  return exit === 0 ? history.read(out) : null;
}

async function signOutstanding(history: History): Promise<void> {
  const { coordinator, random } = history;
  const { outstanding } = coordinator;
  const asked = random(5) === 0 ? pick(random, outstanding) : outstanding[0];
  if (asked === undefined) return;
  const response = await sign(history, asked);
  if (response === null) {
    // Out of its turn: it is voided, and its bundles are asked again.
    await voidRequest(history, asked);
    return;
  }
  coordinator.noteSigned(asked);
  if (random(5) < 3) coordinator.importResponse(asked, response);
}

async function voidRequest(history: History, asked: Asked): Promise<void> {
  const file = history.coordinator.voidOf(asked);
  const { digest } = openVoidRequest(file, [COORDINATOR.publicKey]);
  const confirm = wordsOf(digest).slice(4).join(' ');
  const out = history.path('receipt');
  const path = history.put('void', file);
  await history.main({ args: ['void', path, '--out', out, '--confirm', confirm] });
  history.truth.noteVoided('signer', asked.digest);
  history.coordinator.askAgain(asked);
}

/** The same request once more: the same bytes, and no entry. */
async function signAgain(history: History): Promise<void> {
  const asked = pick(history.random, history.coordinator.signed);
  const before = history.headNumber;
  await sign(history, asked);
  if (history.headNumber !== before) history.truth.fail('a repeated request moved the head');
}

async function lie(history: History): Promise<void> {
  const { coordinator, random } = history;
  const victim = pick(random, coordinator.signed);
  const { name, code, asked } = pick(random, coordinator.lies(victim));
  history.truth.register(asked);
  await refused(history, name, () =>
    history.main({
      args: signArgs(history, asked, history.path('stolen')),
      may: [code],
    }),
  );
}

/** One byte of nothing is CBOR, but no envelope. */
const REFUSALS_OF_JUNK = ['cbor_truncated', 'cbor_trailing', 'envelope_malformed'];

async function junk(history: History): Promise<void> {
  const { random, coordinator } = history;
  const file = coordinator.outstanding[0]?.file ?? new Uint8Array(200);
  const cut = file.slice(0, random(file.length));
  await refused(history, 'junk', () =>
    history.main({
      args: ['sign', history.put('junk', cut), '--out', history.path('out')],
      may: REFUSALS_OF_JUNK,
    }),
  );
}

async function keepCopy(history: History): Promise<void> {
  const copy = `/copy-${history.copies.length + 1}`;
  history.machine.backUp(history.homePath, copy);
  history.copies.push(copy);
}

/** Codes by which an old copy refuses what it has forgotten. */
const REFUSALS_OF_COPIES = [
  'signer_behind',
  'record_forked',
  'sequence_not_rising',
  'sequence_reused',
  'request_voided',
  'key_not_issued',
  'own_output_not_issued',
];

/** An old copy is fed what was asked since: it answers as the home did, or refuses. */
async function feedCopy(history: History): Promise<void> {
  const { random, coordinator, machine } = history;
  const copy = pick(random, history.copies);
  const asked = pick(random, [...coordinator.signed, ...coordinator.outstanding]);
  history.truth.register(asked);
  const isBehind = machine.state(copy).head.number < asked.request.expectedHead.number;
  const args = signArgs(history, asked, history.path('copied'));
  const { exit, code } = await history.onCopy(copy, args, REFUSALS_OF_COPIES);
  if (isBehind && code !== 'signer_behind') {
    history.truth.fail(`${copy} is behind the request's head and ended with ${exit} ${code}`);
  }
}

/** Copies whose record ends before the head that everybody knows. */
const copiesBehind = ({ copies, coordinator, machine }: History): string[] =>
  copies.filter((copy) => machine.state(copy).head.number < coordinator.head.number);

/** A liar who has to name the newest head, since others know it, asks an old copy to sign again. */
async function lieToCopy(history: History): Promise<void> {
  const { random, coordinator } = history;
  const copy = pick(random, copiesBehind(history));
  const victim = pick(random, coordinator.signed);
  const asked = coordinator.steal(victim);
  history.truth.register(asked);
  const args = signArgs(history, asked, history.path('stolen'));
  const { exit } = await history.onCopy(copy, args, [
    'signer_behind',
    'record_forked',
    'key_already_signed',
  ]);
  if (exit === 0) history.truth.fail(`${copy}, which is behind, signed`);
}

/** The keyring's list says a signed key's UUID again, at another level: it is the same key. */
async function adoptAtLevel2(history: History): Promise<void> {
  const { coordinator, machine, random, homePath } = history;
  const folder = recordPath(homePath);
  const loaded = loadRecord(machine.disk, folder, SIGNER.publicKey);
  const { asked, code, key } = await coordinator.lieAtLevel2(pick(random, coordinator.signed));
  const addresses = [key];
  const batch = loaded.state.batches.length + 1;
  appendEntry({
    disk: machine.disk,
    folder,
    loaded,
    at: NOW,
    event: { kind: 'issued', batch, count: 1, root: merkleRoot(leavesOf(addresses)) },
    addresses,
    identity: SIGNER,
  });
  history.truth.register(asked);
  await refused(history, 'the key at another level', () =>
    history.main({
      args: signArgs(history, asked, history.path('stolen')),
      may: [code],
    }),
  );
}

/** Another signer is set up on the same machine: its home is there whole or not at all. */
async function initElsewhere(history: History): Promise<void> {
  await history.main({
    home: '/other',
    args: ['init', '--network', 'private'],
    mayAgain: ['home_exists'],
    mayBe: ['home_missing'],
  });
  await history.main({ home: '/other', args: ['status'] });
}

/** The keyring goes to another home: from then on the old one signs nothing. */
async function move(history: History): Promise<void> {
  const { coordinator, machine, homePath: old } = history;
  const folder = history.path('moved');
  const asked = pick(history.random, coordinator.signed);
  await history.main({
    args: ['move-out', '--out', folder],
    repeat: () => ['move-out', '--again', '--out', folder],
  });
  const refusal = ['home_moved_out'];
  const args = signArgs(history, asked, history.path('late'));
  const { exit } = await history.main({ args, may: refusal });
  if (exit === 0) history.truth.fail(`${old} signed after it was moved out`);
  const state = machine.state(old);
  const log = ['--last-sequence', state.lastSequence, '--last-alone', countAlone(state)];
  const taken = await history.main({
    home: '/moved',
    args: ['move-in', '--from', folder, ...log.map(String)],
    mayAgain: ['already_moved_in', 'home_exists'],
    mayBe: ['home_missing'],
  });
  // Claimed and not taken over: "recover" and "resume" are the way out, which another suite shows.
  if (taken.code === 'already_moved_in' && !machine.fs.exists('/moved')) return;
  history.moveTo('/moved');
  await signAgain(history);
}

const always = (): boolean => true;
const hasSigned = ({ coordinator }: History): boolean => coordinator.signed.length > 0;
const hasOutstanding = ({ coordinator }: History): boolean => coordinator.outstanding.length > 0;

export const ACTIONS: readonly Action[] = [
  {
    name: 'ask',
    weight: 6,
    isPossible: ({ coordinator }) => coordinator.canAsk && coordinator.outstanding.length < 4,
    act: async ({ coordinator }) => void coordinator.ask(),
  },
  { name: 'sign', weight: 8, isPossible: hasOutstanding, act: signOutstanding },
  { name: 'sign again', weight: 2, isPossible: hasSigned, act: signAgain },
  {
    name: 'void',
    weight: 1,
    isPossible: hasOutstanding,
    act: (history) => voidRequest(history, pick(history.random, history.coordinator.outstanding)),
  },
  { name: 'batch', weight: 1, isPossible: always, act: (history) => history.makeBatch(2) },
  { name: 'junk', weight: 1, isPossible: always, act: junk },
  { name: 'lie', weight: 4, isPossible: hasSigned, act: lie },
  { name: 'keep a copy', weight: 3, isPossible: ({ copies }) => copies.length < 2, act: keepCopy },
  {
    name: 'feed a copy',
    weight: 2,
    isPossible: (history) =>
      history.copies.length > 0 && (hasSigned(history) || hasOutstanding(history)),
    act: feedCopy,
  },
  {
    name: 'lie to a copy',
    weight: 4,
    isPossible: (history) => copiesBehind(history).length > 0 && hasSigned(history),
    act: lieToCopy,
  },
  ...ALONE_ACTIONS,
  { name: 'init', weight: 0, isPossible: always, act: initElsewhere },
  { name: 'move', weight: 0, isPossible: hasSigned, act: move },
  { name: 'adopt at level 2', weight: 0, isPossible: hasSigned, act: adoptAtLevel2 },
];
