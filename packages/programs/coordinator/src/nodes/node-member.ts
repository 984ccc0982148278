/** One of several nodes, and what is known of its health. Each change of state is logged once. */
import type { Effects } from '../coordinator.ts';
import type { IotaNode } from './iota-node.ts';
import type { NodeReport, Standing } from './milestones.ts';
import type { NodeHealth, NodeState } from './node-client.ts';

/** A failing node is asked again after this long, then ever later. */
export const RETRY_AFTER_MS = 1_000;
export const RETRY_AFTER_MS_MAX = 60_000;
/** Of this many hashes that a node named last it is remembered that it did. */
const NAMED_HASHES_MAX = 20_000;
/** An outvoted node must agree in this many calls before it counts as well again. */
export const CLEAN_ANSWERS = 10;

export class NodeMember {
  readonly node: IotaNode;
  readonly #effects: Pick<Effects, 'now' | 'log'>;
  #state: NodeState = 'unknown';
  #detail = 'not asked yet';
  #since: number;
  #milestone: number | null = null;
  #fault: string | null = null;
  #failures = 0;
  #retryAt = 0;
  #lag: string | null = null;
  #dissent: string | null = null;
  #cleanAnswers = 0;
  #isAncient = false;
  readonly #named = new Set<string>();

  constructor(node: IotaNode, effects: Pick<Effects, 'now' | 'log'>) {
    this.node = node;
    this.#effects = effects;
    this.#since = effects.now();
  }

  get health(): NodeHealth {
    const { name } = this.node;
    const [state, detail, since] = [this.#state, this.#detail, this.#since];
    return { name, state, since, detail, milestone: this.#milestone };
  }

  get isFailing(): boolean {
    return this.#state === 'failing';
  }

  /** Whether its word counts, as far as known. */
  get isWell(): boolean {
    return this.#state !== 'failing' && this.#state !== 'lagging';
  }

  /** Whether a failing node has been left alone for long enough. */
  get isDue(): boolean {
    return this.#effects.now() >= this.#retryAt;
  }

  /** It did not do what it was asked. Calls that fail at the same time count as one. */
  failed(fault: string): void {
    if (!this.isFailing || this.isDue) {
      const pauseMs = Math.min(RETRY_AFTER_MS_MAX, RETRY_AFTER_MS * 2 ** this.#failures);
      this.#retryAt = this.#effects.now() + pauseMs;
      this.#failures += 1;
    }
    this.#fault = fault;
    this.#update();
  }

  /** It answers again; whether it can do more than report itself is yet to be seen. */
  reported(): void {
    this.#fault = null;
    this.#update();
  }

  answered(): void {
    this.#failures = 0;
    this.reported();
  }

  /** Where it stands by its own report and those of the others. */
  stands(standing: Standing, { latest, solid }: NodeReport, reference: number | null): void {
    this.#milestone = solid;
    if (standing === 'lagging') {
      this.#lag =
        latest === solid
          ? `it is at milestone ${solid}, a quorum of nodes at ${reference}`
          : `it knows of milestone ${latest}, but has everything only up to ${solid}`;
    } else if (standing === 'in-step') this.#lag = null;
    this.#update();
  }

  /** Whether its latest milestone is long past. */
  dated(isAncient: boolean): void {
    this.#isAncient = isAncient;
    this.#update();
  }

  /** It says that it has the transactions of these hashes. */
  named(hashes: readonly string[]): void {
    for (const hash of hashes) {
      this.#named.delete(hash);
      this.#named.add(hash);
    }
    for (const hash of this.#named) {
      if (this.#named.size <= NAMED_HASHES_MAX) break;
      this.#named.delete(hash);
    }
  }

  hasNamed(hash: string): boolean {
    return this.#named.has(hash);
  }

  /** Its answer was compared with what was agreed, or asked for. @param dissent null: no difference */
  compared(dissent: string | null): void {
    this.#cleanAnswers = dissent === null ? this.#cleanAnswers + 1 : 0;
    if (dissent !== null) this.#dissent = dissent;
    else if (this.#cleanAnswers >= CLEAN_ANSWERS) this.#dissent = null;
    this.#update();
  }

  #standing(): readonly [NodeState, string] {
    if (this.#fault !== null) return ['failing', this.#fault];
    if (this.#lag !== null) return ['lagging', this.#lag];
    if (this.#dissent !== null) return ['disagrees', this.#dissent];
    const age = this.#isAncient ? ', but its latest milestone is of long ago' : '';
    return ['ok', `answers${age}`];
  }

  #update(): void {
    const before = this.#state;
    const [state, detail] = this.#standing();
    this.#detail = detail;
    if (state === before) return;
    this.#state = state;
    this.#since = this.#effects.now();
    // That a node answers from the start is nothing to tell.
    if (before === 'unknown' && state === 'ok') return;
    const why = state === 'ok' ? '' : `: ${detail}`;
    this.#effects.log(`node ${this.node.name}: ${before}, now ${state}${why}`);
  }
}
