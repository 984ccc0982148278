/** The player of codes in a terminal: its screens and what each key does, as pure functions. */
import {
  type Animation,
  asBlackOnWhite,
  type Plan,
  SECONDS_MAX,
  SPEED_MAX,
  SPEED_MIN,
  secondsOf,
  sizeOfVersion,
  terminalLines,
  terminalSizeOf,
} from '@airlock/light';

export interface Cells {
  readonly columns: number;
  readonly rows: number;
}

export interface PlayerState {
  /** Sizes that fit both the terminal and the message, smallest first. */
  readonly plans: readonly [Plan, ...Plan[]];
  /** Place in `plans`. */
  readonly size: number;
  readonly codesPerSecond: number;
  /** Number of the code that is shown, from 0. */
  readonly code: number;
  readonly isPaused: boolean;
  readonly ending: 'none' | 'done' | 'file';
}

/** The cells that a code of a version needs, quiet zone included. */
export function cellsOf(version: number): Cells {
  return terminalSizeOf({ size: sizeOfVersion(version) });
}

export function fitsInto({ columns, rows }: Cells, version: number): boolean {
  const needed = cellsOf(version);
  return needed.columns <= columns && needed.rows <= rows;
}

export const planOf = ({ plans, size }: PlayerState): Plan => plans[size] ?? plans[0];

/** Whether a file would be quicker and safer. */
export function isSlow(state: PlayerState): boolean {
  return secondsOf(planOf(state), state.codesPerSecond) > SECONDS_MAX;
}

/** The next code; the first one again after the last. */
export function advance(state: PlayerState, length: number): PlayerState {
  return { ...state, code: (state.code + 1) % length };
}

const within = (value: number, low: number, high: number): number =>
  Math.min(high, Math.max(low, value));

const RIGHT = '\u001b[C';
export const PLAYER_KEYS = 'space pause, +- speed, <> size, f file, q end';

/** What a chunk of keys does: one escape sequence, or characters typed quickly one after another. */
export function press(state: PlayerState, chunk: string, length: number): PlayerState {
  const keys = chunk.startsWith('\u001b') ? [chunk] : [...chunk];
  return keys.reduce((now, key) => pressOne(now, key, length), state);
}

/** A new size begins its own animation. */
function pressOne(state: PlayerState, key: string, length: number): PlayerState {
  const faster = (by: number): PlayerState => ({
    ...state,
    codesPerSecond: within(state.codesPerSecond + by, SPEED_MIN, SPEED_MAX),
  });
  const larger = (by: number): PlayerState => {
    const size = within(state.size + by, 0, state.plans.length - 1);
    return size === state.size ? state : { ...state, size, code: 0 };
  };
  switch (key) {
    case ' ':
      return { ...state, isPaused: !state.isPaused };
    case '+':
      return faster(1);
    case '-':
      return faster(-1);
    case '>':
      return larger(1);
    case '<':
      return larger(-1);
    case RIGHT:
      return { ...advance(state, length), isPaused: true };
    case 'f':
      return { ...state, ending: 'file' };
    case 'q':
    case '\u0003':
      return { ...state, ending: 'done' };
    default:
      return state;
  }
}

function statusOf(state: PlayerState, { length }: Animation): string {
  const { code, codesPerSecond, isPaused } = state;
  const { version, count } = planOf(state);
  if (length === 1) return `one code, v${version} · <> size, f file, q end`;
  const seconds = Math.ceil(secondsOf({ count }, codesPerSecond));
  const pace = isPaused ? 'paused' : `${codesPerSecond}/s, ${seconds} s`;
  return `${code + 1}/${length} v${version} ${pace} · ${PLAYER_KEYS}`;
}

/** The screen: the code, black on white, and one line below it, or in the lowest row of its quiet zone. */
export function screenOf(
  state: PlayerState,
  animation: Animation,
  { rows, columns }: Cells,
): string[] {
  const lines = terminalLines(animation.frame(state.code).matrix);
  const width = lines[0]?.length ?? 0;
  const status = statusOf(state, animation).slice(0, columns).padEnd(width);
  return [...lines.slice(0, rows - 1).map(asBlackOnWhite), asBlackOnWhite(status)];
}

/** Before the codes of a long message: the offer of a file. */
export function offerOf(state: PlayerState): string[] {
  const seconds = Math.ceil(secondsOf(planOf(state), state.codesPerSecond));
  return [
    `These codes take ${seconds} seconds even if none is missed: over ${SECONDS_MAX} a file is quicker and safer.`,
    'f: write a file instead.  Any other key: show the codes.',
  ];
}
