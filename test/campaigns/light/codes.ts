/** Codes themselves: how much they hold (Q1), how long they take to make and to read (Q9), size (Q10). */
import { UrEncoder } from '@airlock/gap';
import {
  charactersOf,
  matrixOf,
  readCode,
  SPEED_MAX,
  SPEED_MIN,
  terminalLines,
  terminalSizeOf,
  VERSION_MAX,
  VERSION_MIN,
} from '@airlock/light';
import { create } from 'qrcode/lib/core/qrcode.js';
import { messageOf } from '../../../packages/formats/gap/test/ur/samples.ts';
import { createRandom } from '../decoders/random.ts';
import { photograph, SCENE, type Shot } from './camera.ts';
import { median } from './statistics.ts';
import { judged, reported, type Verdict } from './verdict.ts';
import type { PeerReader } from './zxing.ts';

/** The longest of our types. */
export const UR_TYPE = 'airlock-signing-response';
/** Five inputs of level 2, and fifty. */
export const MESSAGE_BYTES = 13_000;
export const LONG_MESSAGE_BYTES = 130_000;
export const MEASURED_VERSIONS: readonly number[] = [15, 20, 27];

const Q1_COUNT = 23;
const ENCODE_MS = 5;
const DECODE_MS = 25;
const DEGREES: readonly number[] = [0, 1, 2, 3, 4];
const BLURS: readonly number[] = [1, 3];

/** Every angle with every blur. */
export const SHOTS: readonly Shot[] = BLURS.flatMap((blurs) =>
  DEGREES.map((degrees) => ({ ...SCENE, degrees, blurs })),
);

export function encoderFor(bytes: number, version: number): UrEncoder {
  const fragmentBytes = UrEncoder.fragmentBytesFor(UR_TYPE, bytes, charactersOf(version));
  return new UrEncoder(UR_TYPE, messageOf(bytes, 1), fragmentBytes);
}

/** Parts of the message of fifty inputs, K, by version. */
export const longCounts = (): number[] =>
  MEASURED_VERSIONS.map((version) => encoderFor(LONG_MESSAGE_BYTES, version).count);

/** Q1. */
export function judgeCapacity(): Verdict {
  const { count } = encoderFor(MESSAGE_BYTES, 20);
  const isOffered = VERSION_MIN <= 10 && VERSION_MAX >= 27 && SPEED_MIN <= 2 && SPEED_MAX >= 12;
  return judged(
    'Q1',
    count <= Q1_COUNT && isOffered,
    `${MESSAGE_BYTES} bytes in at most ${Q1_COUNT} codes of version 20: ${count}; ` +
      `versions ${VERSION_MIN} to ${VERSION_MAX}, ${SPEED_MIN} to ${SPEED_MAX} a second`,
  );
}

/** Q10. */
export function judgeTerminal(): Verdict {
  const matrix = matrixOf(encoderFor(MESSAGE_BYTES, 15).part(1).text, 15);
  const { columns, rows } = terminalSizeOf(matrix);
  const lines = terminalLines(matrix);
  const isAsSaid = lines.length === rows && lines.every((line) => line.length === columns);
  return judged(
    'Q10',
    isAsSaid && columns <= 85 && rows <= 43,
    `version 15 in a terminal, in at most 85 × 43 cells: ${columns} × ${rows}`,
  );
}

/** Starts; what it returns stops and tells the milliseconds. */
export type Stopwatch = () => () => number;

export interface CodeTimes {
  readonly version: number;
  /** Median milliseconds of the text, its matrix and reading that back. */
  readonly encodeMs: number;
  /** Of `qrcode` alone, which chooses a mask and draws. */
  readonly createMs: number;
  readonly decodeMs: number;
  /** Of zxing-wasm, or null. */
  readonly peerMs: number | null;
  readonly pictures: number;
  readonly read: number;
  readonly readByPeer: number;
}

export interface TimingOptions {
  readonly stopwatch: Stopwatch;
  readonly peer: PeerReader | null;
  /** The first warms up and does not count. */
  readonly shots: readonly Shot[];
  readonly seed: number;
}

/** Times of one version. */
export async function timeCodes(version: number, options: TimingOptions): Promise<CodeTimes> {
  const { stopwatch, peer, shots, seed } = options;
  const encoder = encoderFor(MESSAGE_BYTES, version);
  const times = { encode: [0], create: [0], decode: [0], peer: [0] };
  let [read, readByPeer] = [0, 0];
  for (const [index, shot] of shots.entries()) {
    if (index === 1) for (const list of Object.values(times)) list.length = 0;
    let stop = stopwatch();
    const { text } = encoder.part(encoder.count + index + 1);
    const matrix = matrixOf(text, version);
    times.encode.push(stop());
    stop = stopwatch();
    create([{ data: text, mode: 'alphanumeric' }], {
      version,
      errorCorrectionLevel: 'L',
      maskPattern: 0,
    });
    times.create.push(stop());
    const picture = photograph(matrix, shot, createRandom(seed, version, index));
    stop = stopwatch();
    const found = readCode(picture);
    times.decode.push(stop());
    if (index > 0 && found === text) read += 1;
    if (peer === null) continue;
    stop = stopwatch();
    const foundByPeer = await peer(picture);
    times.peer.push(stop());
    if (index > 0 && foundByPeer === text) readByPeer += 1;
  }
  return {
    version,
    encodeMs: median(times.encode),
    createMs: median(times.create),
    decodeMs: median(times.decode),
    peerMs: peer === null ? null : median(times.peer),
    pictures: shots.length - 1,
    read,
    readByPeer,
  };
}

const ms = (value: number): string => `${value.toFixed(1)} ms`;
const ratio = (value: number, other: number): string => (value / other).toFixed(1);

/** Q9. */
export function judgeTimes(times: readonly CodeTimes[]): Verdict[] {
  return times.flatMap((each) => {
    const { version, encodeMs, createMs, decodeMs, peerMs } = each;
    const beside =
      peerMs === null
        ? 'zxing-wasm is not installed'
        : `${ratio(decodeMs, peerMs)} times zxing-wasm's ${ms(peerMs)}, which read ${each.readByPeer}`;
    return [
      judged(
        'Q9',
        encodeMs <= ENCODE_MS,
        `version ${version}, encoded and read back in at most ${ENCODE_MS} ms: ${ms(encodeMs)}, ` +
          `${ratio(encodeMs, createMs)} times qrcode's ${ms(createMs)}`,
      ),
      judged(
        'Q9',
        decodeMs <= DECODE_MS,
        `version ${version}, a frame of 1280×720 decoded in at most ${DECODE_MS} ms: ${ms(decodeMs)}; ${beside}`,
      ),
      reported(
        'Q9',
        `version ${version}: ${each.read} of ${each.pictures} turned and blurred frames read`,
      ),
    ];
  });
}
