/**
 * Asking several nodes the same at once: votes are counted as they come, and the answer stands as soon
 * as a quorum agrees on every item. Nodes that answer later are still compared with it.
 */
import { CoordinatorError } from '../error.ts';
import type { IotaNode } from './iota-node.ts';
import {
  type MilestoneRules,
  type NodeReport,
  referenceMilestone,
  type Standing,
  standingsOf,
} from './milestones.ts';
import { TooManyFound } from './node-client.ts';
import type { NodeMember } from './node-member.ts';
import { type Ballot, countOutvoted, countVotes } from './vote.ts';

/** The nodes, and when they agree. */
export interface Panel extends MilestoneRules {
  readonly members: readonly NodeMember[];
}

export interface Question<A> {
  readonly ask: (node: IotaNode) => Promise<A>;
  /** Whether its answer shows no more than that the node is there. */
  readonly isReport?: true;
}

type Answers<A> = ReadonlyMap<NodeMember, A>;

/** What a node did wrong, for people. Anything else that is thrown is no node's doing: thrown on. */
export function faultOf(thrown: unknown): string {
  if (thrown instanceof CoordinatorError && thrown.code === 'node_unavailable') {
    return thrown.message;
  }
  throw thrown;
}

/** node_unavailable. @param what for more than one node: what they did not do */
export function unavailable(
  { members }: Panel,
  { what, faults }: { readonly what: string; readonly faults: readonly string[] },
): CoordinatorError {
  const summary = members.length === 1 ? 'the IOTA node failed' : what;
  return new CoordinatorError('node_unavailable', `${summary}: ${faults.join('; ')}`, {
    next: 'repeat the call in a while with the same Idempotency-Key; see /readyz',
  });
}

/** Too few nodes gave an answer that counts: names each of the others, and why. */
export function tooFew(panel: Panel, answering: number): CoordinatorError {
  const { members, quorum } = panel;
  const faults = members.flatMap(({ health: { name, detail }, isWell }) =>
    isWell ? [] : [`${name}: ${detail}`],
  );
  const what = `${answering} of ${members.length} IOTA nodes answer, ${quorum} must`;
  return unavailable(panel, { what, faults });
}

/** The members of a kind; all, if these alone could not make a quorum. */
export function enough(
  { members, quorum }: Panel,
  isAsked: (member: NodeMember) => boolean,
): readonly NodeMember[] {
  const asked = members.filter(isAsked);
  return asked.length >= quorum ? asked : members;
}

/** One node's answer, or undefined; either way its health is noted. */
export async function attempt<A>(
  member: NodeMember,
  { ask, isReport }: Question<A>,
): Promise<A | undefined> {
  try {
    const answer = await ask(member.node);
    if (isReport === true) member.reported();
    else member.answered();
    return answer;
  } catch (thrown) {
    member.failed(faultOf(thrown));
    return undefined;
  }
}

/**
 * Asks all members at once. After each answer or fault `look` sees the answers so far, and ends the
 * waiting by giving a result or throwing; when none is outstanding, it must.
 */
export function gather<A extends object, R>(
  members: readonly NodeMember[],
  question: Question<A>,
  look: (answers: Answers<A>, outstanding: number) => R | undefined,
): Promise<R> {
  const answers = new Map<NodeMember, A>();
  let outstanding = members.length;
  return new Promise((resolve, reject) => {
    const listen = async (member: NodeMember): Promise<void> => {
      const answer = await attempt(member, question);
      if (answer !== undefined) answers.set(member, answer);
      outstanding -= 1;
      const result = look(answers, outstanding);
      if (result !== undefined) resolve(result);
    };
    for (const member of members) listen(member).catch(reject);
  });
}

/** Tells each member where it stands as soon as that is certain, once; gives what has been told. */
export function createStandings(
  panel: Panel,
): (
  answers: Answers<{ readonly report: NodeReport | null }>,
  outstanding: number,
) => ReadonlyMap<NodeMember, Standing> {
  const certain = new Map<NodeMember, Standing>();
  return (answers, outstanding) => {
    const reported = [...answers].flatMap(([member, { report }]) =>
      report === null ? [] : [{ member, report }],
    );
    const reports = reported.map(({ report }) => report);
    const reference = referenceMilestone(reports, panel.quorum);
    for (const [index, standing] of standingsOf(reports, { ...panel, outstanding }).entries()) {
      const { member, report } = reported[index] ?? {};
      if (member === undefined || report === undefined || certain.has(member)) continue;
      member.stands(standing, report, reference);
      if (standing !== 'open') certain.set(member, standing);
    }
    return certain;
  };
}

/**
 * The value of each item that a quorum of nodes gives, else null. Each node reports its milestone with
 * its values; those that lag have no vote. A node alone has nobody to be compared with.
 * @throws CoordinatorError node_unavailable if fewer than a quorum of nodes vote
 */
export async function takeVote<T extends bigint | boolean>(
  panel: Panel,
  motion: {
    readonly command: string;
    readonly items: number;
    readonly call: (node: IotaNode) => Promise<Ballot<T>>;
  },
): Promise<(T | null)[]> {
  const { command, items, call } = motion;
  const { quorum } = panel;
  if (items === 0) return [];
  const isAlone = panel.members.length === 1;
  const standingsBy = createStandings(panel);
  const compared = new Set<NodeMember>();
  let agreed: (T | null)[] | null = null;
  const ask = async (node: IotaNode): Promise<{ report: NodeReport | null; ballot: Ballot<T> }> => {
    const [report, ballot] = await Promise.all([isAlone ? null : node.report(), call(node)]);
    return { report, ballot };
  };
  const asked = enough(panel, ({ isWell }) => isWell);
  return gather(asked, { ask }, (answers, outstanding) => {
    const standings = standingsBy(answers, outstanding);
    const votes = [...answers].filter(([member]) => standings.get(member) !== 'lagging');
    if (agreed === null) {
      const ballots = votes.map(([, { ballot }]) => ballot);
      const counted = countVotes(ballots, { items, quorum });
      if (outstanding > 0 && counted.includes(null)) return undefined;
      if (votes.length < quorum) throw tooFew(panel, votes.length);
      agreed = counted;
    }
    for (const [member, { ballot }] of votes) {
      if (compared.has(member)) continue;
      compared.add(member);
      const wrong = countOutvoted(ballot, agreed);
      member.compared(wrong === 0 ? null : `${command}: ${wrong} of ${items} items outvoted`);
    }
    return agreed;
  });
}

/**
 * What any node has: all that are not failing are waited for, since one may have what others lack.
 * @throws CoordinatorError node_unavailable if fewer than a quorum of nodes answer; TooManyFound if that is
 * because one has too much to tell, which is no fault of its
 */
export async function collect(
  panel: Panel,
  { items, call }: { readonly items: number; readonly call: (node: IotaNode) => Promise<string[]> },
): Promise<string[]> {
  if (items === 0) return [];
  const asked = enough(panel, ({ isFailing }) => !isFailing);
  const ask = (node: IotaNode): Promise<string[] | TooManyFound> =>
    call(node).catch((thrown: unknown) => {
      if (thrown instanceof TooManyFound) return thrown;
      throw thrown;
    });
  return gather(asked, { ask }, (answers, outstanding) => {
    if (outstanding > 0) return undefined;
    const found = new Set<string>();
    let answering = 0;
    let refusal: TooManyFound | null = null;
    for (const [member, answer] of answers) {
      if (answer instanceof TooManyFound) {
        refusal = answer;
        continue;
      }
      answering += 1;
      member.named(answer);
      for (const hash of answer) found.add(hash);
    }
    if (answering < panel.quorum) throw refusal ?? tooFew(panel, answering);
    return [...found];
  });
}
