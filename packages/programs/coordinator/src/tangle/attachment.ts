/**
 * Attaching signed sweeps: proof of work, broadcast, promotion, and again until one attachment is
 * confirmed. The signed bundle never changes; only where it stands in the Tangle does. After signing
 * nothing here refuses to broadcast: a sweep whose inputs are short waits until they are paid.
 */
import {
  assembleBundle,
  decodeTransaction,
  encodeTransaction,
  findBundleFault,
  hashOfTransaction,
  signatureToTrytes,
  type Transaction,
} from '@airlock/protocol';
import { raiseAlarm } from '../alarms.ts';
import type { Coordinator } from '../coordinator.ts';
import { creditDue } from '../credits.ts';
import { FaultLog, faultOf } from '../fault-log.ts';
import { ALL_ROWS } from '../ledger/indexes.ts';
import { isHealable, type SweepRow, type SweepStatus } from '../ledger/rows.ts';
import { TooManyFound } from '../nodes/node-client.ts';
import { slotsOf } from '../signing/bundles.ts';
import { findPayeeFault } from '../signing/payees.ts';
import { signaturesOf } from '../signing/responses.ts';
import { nextStep, type Standing } from './attachment-steps.ts';
import { searchInParts } from './crowded.ts';
import { DepositMonitor } from './monitor.ts';
import {
  type FoundAttachment,
  findAttachments,
  findAttachmentsOf,
  followTails,
  isWhole,
} from './tangle.ts';

/** The sweep's signed transactions, in the order of their index, not attached yet. */
async function signedTransactions(
  coordinator: Coordinator,
  sweep: SweepRow,
): Promise<Transaction[]> {
  const fragments = new Map<number, string>();
  for (const [index, signature] of await signaturesOf(coordinator, sweep)) {
    for (const [offset, trytes] of signatureToTrytes(signature).entries()) {
      fragments.set(index + offset, trytes);
    }
  }
  const transactions = assembleBundle({ slots: slotsOf(sweep), hash: sweep.id, fragments });
  const fault = findBundleFault(transactions);
  if (fault !== null) throw new TypeError(`sweep ${sweep.id} does not validate: ${fault}`);
  return transactions;
}

/** What this process has done for one sweep. */
interface Done {
  /** When it was last attached by this process, or first seen attached (Unix ms). */
  attachedAt: number | null;
  promotedAt: number | null;
  /** Rounds in a row in which the nodes said that its inputs are short. */
  shortRounds: number;
}

interface Attachments {
  readonly found: readonly FoundAttachment[];
  /** Whether there may be more of them: the nodes do not tell all that is under its hash. */
  readonly isCrowded: boolean;
}

/** What the nodes say of a sweep. */
interface Look extends Pick<Attachments, 'isCrowded'> {
  readonly standing: Standing;
  /** Of the confirmed attachment, else of the newest. */
  readonly tail: string | null;
}

/** One round may fall between two answers of the nodes, before and after a milestone. */
const SHORT_ROUNDS = 2;

export class Attachment {
  readonly #coordinator: Coordinator;
  readonly #monitor: DepositMonitor;
  readonly #faults: FaultLog;
  readonly #done = new Map<string, Done>();

  constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator;
    this.#monitor = new DepositMonitor(coordinator);
    this.#faults = new FaultLog(coordinator.log);
  }

  /** One round over all sweeps. One that fails does not stop others, nor one part of the round the next. */
  async round(): Promise<void> {
    const { ledger } = this.#coordinator;
    const ofStatus = (name: SweepStatus) => ledger.state.find([{ index: 'sweeps', name }]);
    const waiting = [
      ...ofStatus('signed'),
      ...ofStatus('attached'),
      ...[...ofStatus('blocked')].filter(isHealable),
    ];
    for (const sweep of waiting) {
      await this.#faults.supervise(`attachment of ${sweep.id}`, () => this.#advance(sweep));
    }
    await this.#faults.supervise('unanswered sweeps', () => this.#findUnanswered());
    await this.#faults.supervise('replays', () => this.findReplays());
  }

  #doneFor({ id }: SweepRow): Done {
    const known = this.#done.get(id);
    if (known !== undefined) return known;
    const done = { attachedAt: null, promotedAt: null, shortRounds: 0 };
    this.#done.set(id, done);
    return done;
  }

  async #advance(sweep: SweepRow): Promise<void> {
    const { node, now } = this.#coordinator;
    const { standing, tail, isCrowded } = await this.#look(sweep);
    if (standing === 'confirmed') {
      this.#done.delete(sweep.id);
      return;
    }
    if (await this.#isShort(sweep, isCrowded)) return;
    const done = this.#doneFor(sweep);
    if (standing === 'pending') done.attachedAt ??= now();
    const isConsistent = tail !== null && (await node.isConsistent([tail]));
    const { tails } = sweep;
    const step = nextStep({ ...done, standing, attachments: tails.length, isConsistent }, now());
    if (step === 'attach') await this.#attach(sweep);
    if (step === 'promote' && tail !== null) {
      await node.promote(tail);
      done.promotedAt = now();
    }
  }

  /**
   * Whether its inputs hold less than it spends: then it waits, blocked, until they are paid. Not blocked if
   * its bundle is crowded: somebody's attachment that the nodes do not tell may have spent them.
   */
  async #isShort(sweep: SweepRow, isCrowded: boolean): Promise<boolean> {
    const { ledger, node, log } = this.#coordinator;
    const { id, inputs, status } = sweep;
    const balances = await node.balances(inputs.map(({ address }) => address));
    // What the nodes do not agree on changes nothing.
    if (status === 'blocked' && balances.includes(null)) return true;
    const shortfalls = inputs.flatMap(({ address, amount }, place) => {
      const held = balances[place] ?? amount;
      return held < amount ? [{ address, amount: amount - held }] : [];
    });
    const done = this.#doneFor(sweep);
    done.shortRounds = shortfalls.length === 0 ? 0 : done.shortRounds + 1;
    if (status === 'blocked' && shortfalls.length > 0) return true;
    if (status === 'blocked') {
      await ledger.execute(({ record }) => record({ type: 'sweep.unblocked', sweepId: id }));
      log(`sweep ${id} can be confirmed again`);
      return false;
    }
    if (done.shortRounds < SHORT_ROUNDS) return false;
    if (isCrowded) return true;
    const reason = 'its inputs hold less than it spends';
    await ledger.execute(({ record }) =>
      record({ type: 'sweep.blocked', sweepId: id, reason, shortfalls }),
    );
    log(`sweep ${id} is blocked: ${reason}`);
    return true;
  }

  /**
   * Sweeps that are confirmed although no response to them is here: this coordinator was restored from a
   * backup, and had broadcast them before, or they were abandoned. They are booked as they are.
   */
  async #findUnanswered(): Promise<void> {
    const { ledger, node, log } = this.#coordinator;
    const ofStatus = (name: SweepStatus) => ledger.state.find([{ index: 'sweeps', name }]);
    const abandoned = [...ofStatus('blocked')].filter((sweep) => sweep.abandoned !== null);
    const unanswered = [...ofStatus('requested'), ...abandoned];
    const find = async (part: readonly string[]): Promise<readonly string[]> =>
      (await node.findByBundles(part)).length > 0 ? part : [];
    const ids = unanswered.map(({ id }) => id);
    const found = new Set((await searchInParts(ids, find, (id) => [id])).flat());
    for (const sweep of unanswered.filter(({ id }) => found.has(id))) {
      await this.#faults.supervise(`confirmation of ${sweep.id}`, async () => {
        if ((await this.#look(sweep)).standing !== 'confirmed') return;
        log(`sweep ${sweep.id} is confirmed, but no response to it was imported`);
      });
    }
  }

  /**
   * Sweeps whose inputs hold enough money again: anyone may attach such a bundle once more, and the
   * network confirms it once more. What it moved then is booked as it is.
   */
  async findReplays(): Promise<void> {
    const { ledger } = this.#coordinator;
    const funded = ledger.state.find([{ index: 'funded', name: ALL_ROWS }]);
    const exposed = [...new Set([...funded].map(({ sweepId }) => sweepId ?? ''))].filter((id) => {
      const sweep = ledger.state.get('sweeps', id);
      return sweep?.status === 'confirmed' && this.#isFunded(sweep);
    });
    const book = (part: readonly string[]): Promise<void> => this.#bookReplays(part);
    await searchInParts(exposed, book, (id, cause) => this.#tellCrowded(id, cause));
  }

  #isFunded({ inputs }: SweepRow): boolean {
    const { state } = this.#coordinator.ledger;
    return inputs.every(
      ({ address, amount }) => (state.get('addresses', address)?.balance ?? 0n) >= amount,
    );
  }

  #tellCrowded(id: string, cause: TooManyFound): void {
    this.#faults.tell(`bundle of sweep ${id}`, faultOf(cause));
  }

  async #bookReplays(ids: readonly string[]): Promise<void> {
    const { ledger, log } = this.#coordinator;
    for await (const [id, found] of findAttachmentsOf(this.#coordinator, ids)) {
      for (const { instance, isConfirmed } of found) {
        const tail = instance[0]?.hash;
        if (!isConfirmed || tail === undefined || !isWhole(instance, id)) continue;
        await ledger.execute(({ draft, record }) => {
          const sweep = draft.get('sweeps', id);
          if (sweep === undefined || sweep.confirmedTail === tail) return;
          if (sweep.replays.includes(tail) || !this.#isFunded(sweep)) return;
          record({ type: 'sweep.replayed', sweepId: id, tail });
          log(`sweep ${id} was confirmed again by ${tail}`);
        });
      }
    }
  }

  /** All attachments of its bundle; its own ones, if there is more under its hash than the nodes tell. */
  async #attachmentsOf({ id, tails }: SweepRow): Promise<Attachments> {
    try {
      return { found: await findAttachments(this.#coordinator, id), isCrowded: false };
    } catch (cause) {
      if (!(cause instanceof TooManyFound)) throw cause;
      this.#tellCrowded(id, cause);
      return { found: await followTails(this.#coordinator, tails), isCrowded: true };
    }
  }

  /** Journals the sweep as confirmed if any attachment of its bundle is, whoever attached it. */
  async #look(sweep: SweepRow): Promise<Look> {
    const { ledger, settings } = this.#coordinator;
    const { found, isCrowded } = await this.#attachmentsOf(sweep);
    const whole = found.filter(({ instance }) => isWhole(instance, sweep.id));
    const confirmed = whole.find(({ isConfirmed }) => isConfirmed);
    const tail = confirmed?.instance[0]?.hash;
    if (tail === undefined) {
      const tails = whole.flatMap(({ instance: [first] }) => (first === undefined ? [] : [first]));
      tails.sort((a, b) => b.attachmentTimestamp - a.attachmentTimestamp);
      const standing = tails.length === 0 ? 'lost' : 'pending';
      return { standing, tail: tails[0]?.hash ?? null, isCrowded };
    }
    await this.#bookShort(sweep);
    await ledger.execute((command) => {
      const { draft, record } = command;
      if (draft.get('sweeps', sweep.id)?.status === 'confirmed') return;
      record({ type: 'sweep.confirmed', sweepId: sweep.id, tail });
      const swept = sweep.inputs.flatMap(({ depositIds }) => depositIds);
      creditDue(command, settings, swept);
    });
    return { standing: 'confirmed', tail, isCrowded };
  }

  /** Where a correction has left less on its inputs than it spent: what healed it is booked first. */
  async #bookShort({ inputs }: SweepRow): Promise<void> {
    const { state } = this.#coordinator.ledger;
    const short = inputs.filter(
      ({ address, amount }) => (state.get('addresses', address)?.balance ?? 0n) < amount,
    );
    if (short.length > 0) await this.#monitor.look(short.map(({ address }) => address));
  }

  async #attach(sweep: SweepRow): Promise<void> {
    const { node, ledger, now } = this.#coordinator;
    const trytes = (await signedTransactions(this.#coordinator, sweep)).map(encodeTransaction);
    const attached = await node.attach(trytes);
    const [first] = attached;
    if (first === undefined || decodeTransaction(first).bundle !== sweep.id) {
      throw new TypeError('the node attached something else');
    }
    const tail = hashOfTransaction(first);
    await ledger.execute(({ record, draft }) => {
      const status = draft.get('sweeps', sweep.id)?.status;
      if (status === 'signed' || status === 'attached') {
        record({ type: 'sweep.attached', sweepId: sweep.id, tail });
      }
    });
    this.#doneFor(sweep).attachedAt = now();
    await node.broadcast(attached);
    await this.#warnOfUnsafePayees(sweep);
  }

  /** It is broadcast all the same: a signed bundle can be attached by anybody. */
  async #warnOfUnsafePayees({ outputs }: SweepRow): Promise<void> {
    const { node, ledger } = this.#coordinator;
    const payouts = outputs.filter(({ kind }) => kind === 'withdrawal');
    const spent = await node.spentStates(payouts.map(({ address }) => address));
    for (const [place, { withdrawalId, address }] of payouts.entries()) {
      const own = findPayeeFault(ledger.state.get('addresses', address));
      const isSpent = spent[place] === true;
      if (withdrawalId === null || (own === null && !isSpent)) continue;
      const detail = isSpent
        ? 'its address has been spent from since it was asked for: whoever has the old signature may take it'
        : `its address is one of ours, and ${own}`;
      await raiseAlarm(this.#coordinator, {
        alarm: 'withdrawal.unsafe',
        subject: withdrawalId,
        detail,
      });
    }
  }
}
