/** A message as the codes that are shown one after another: how many, how fast, in which order. */
import {
  LOOP_ROUNDS,
  type MessageType,
  openEnvelope,
  type SequenceMode,
  UR_FRAGMENTS_MAX,
  UR_MESSAGE_BYTES_MAX,
  UrEncoder,
} from '@airlock/gap';
import { LightError } from './error.ts';
import { charactersOf, matrixOf, type QrMatrix, VERSION_MAX, VERSION_MIN } from './matrix.ts';

/** Codes a second. */
export const SPEED_MIN = 2;
export const SPEED_MAX = 12;
export const SPEED_DEFAULT = 6;
/** Above this a file is quicker and safer. */
export const SECONDS_MAX = 60;

/** The UR type of a message: lower case. */
export function urTypeOf(type: MessageType): string {
  return `airlock-${type}`;
}

function tooLong(message: string, cause?: unknown): LightError {
  return new LightError('too_long', message, { cause });
}

/** Null if codes of this version cannot carry the message. */
function encoderFor(file: Uint8Array, version: number): UrEncoder | null {
  const urType = urTypeOf(openEnvelope(file).type);
  const fragment = UrEncoder.fragmentBytesFor(urType, file.length, charactersOf(version));
  const isPossible =
    fragment > 0 &&
    file.length <= UR_MESSAGE_BYTES_MAX &&
    Math.ceil(file.length / fragment) <= UR_FRAGMENTS_MAX;
  return isPossible ? new UrEncoder(urType, file, fragment) : null;
}

export interface Plan {
  readonly version: number;
  /** Codes that a reader needs who misses none, K. */
  readonly count: number;
}

/**
 * Versions that can carry a message, smallest first, up to the first that takes it in one code.
 * @throws LightError too_long if there is none
 */
export function plansFor(file: Uint8Array): [Plan, ...Plan[]] {
  const plans: Plan[] = [];
  for (let version = VERSION_MIN; version <= VERSION_MAX; version += 1) {
    const count = encoderFor(file, version)?.count;
    if (count !== undefined) plans.push({ version, count });
    if (count === 1) break;
  }
  const [first, ...rest] = plans;
  if (first === undefined) {
    throw tooLong(`${file.length} bytes are more than codes can carry: use a file`);
  }
  return [first, ...rest];
}

/** Seconds for a reader who misses none. */
export const secondsOf = ({ count }: Pick<Plan, 'count'>, codesPerSecond: number): number =>
  count / codesPerSecond;

export interface Frame {
  readonly text: string;
  readonly matrix: QrMatrix;
}

/** The codes of a message, made as they are asked for; each has been read back. */
export class Animation {
  readonly version: number;
  /** Codes that a reader needs who misses none, K. */
  readonly count: number;
  /** Codes in the animation; a single one stands still. */
  readonly length: number;
  readonly #parts: Generator<{ readonly text: string }, void>;
  readonly #frames: Frame[] = [];

  /** @throws LightError too_long */
  constructor(file: Uint8Array, { version, mode }: { version: number; mode: SequenceMode }) {
    const encoder = encoderFor(file, version);
    if (encoder === null) {
      throw tooLong(`${file.length} bytes are too many for codes of version ${version}`);
    }
    this.version = version;
    this.count = encoder.count;
    this.length = this.count === 1 ? 1 : LOOP_ROUNDS * this.count;
    this.#parts = encoder.parts(mode);
  }

  /** The code at a place, from 0 to {@link Animation.length} − 1. @throws LightError code_unreadable */
  frame(index: number): Frame {
    for (let at = this.#frames.length; at <= index; at += 1) {
      const { text = '' } = this.#parts.next().value ?? {};
      this.#frames.push({ text, matrix: matrixOf(text, this.version) });
    }
    return this.#frames[index] as Frame;
  }

  /** All codes. */
  *frames(): Generator<Frame, void> {
    for (let index = 0; index < this.length; index += 1) yield this.frame(index);
  }
}
