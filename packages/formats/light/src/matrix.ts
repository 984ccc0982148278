/** QR codes (ISO/IEC 18004) as matrices of modules, each read back before anybody sees it. */
import decodeQr from 'qr/decode.js';
import { L } from 'qrcode/lib/core/error-correction-level.js';
import { ALPHANUMERIC } from 'qrcode/lib/core/mode.js';
import { create } from 'qrcode/lib/core/qrcode.js';
import { getCapacity } from 'qrcode/lib/core/version.js';
import { LightError } from './error.ts';

/** Light modules around a code (ISO/IEC 18004 §5.3.8). */
export const QUIET_MODULES = 4;
/** Versions that are offered: 57 to 125 modules a side. */
export const VERSION_MIN = 10;
export const VERSION_MAX = 27;

/** What alphanumeric mode can say (ISO/IEC 18004, table 5). */
const ALPHANUMERIC_TEXT = /^[0-9A-Z $%*+\-./:]*$/;

/**
 * The one mask of all codes (ISO/IEC 18004 §7.8): bytewords are as even as random letters whatever it is,
 * and trying all eight takes most of the time. Each code is read back.
 */
const MASK = 0;

/** Characters that a code of a version holds in alphanumeric mode at level L (ISO/IEC 18004, table 7). */
export const charactersOf = (version: number): number => getCapacity(version, L, ALPHANUMERIC);

export interface QrMatrix {
  readonly version: number;
  /** Modules a side, without the quiet zone. */
  readonly size: number;
  /** Whether a module is dark; false around the code. */
  readonly isDark: (x: number, y: number) => boolean;
}

/** Grey pixels of a picture, row by row: 0 is black. */
export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** A code with its quiet zone, each module a square of `scale` pixels. */
export function drawMatrix({ size, isDark }: QrMatrix, scale: number): GreyPicture {
  const side = (size + 2 * QUIET_MODULES) * scale;
  const pixels = new Uint8Array(side * side).fill(255);
  for (let y = 0; y < side; y += 1) {
    const row = Math.floor(y / scale) - QUIET_MODULES;
    for (let x = 0; x < side; x += 1) {
      if (isDark(Math.floor(x / scale) - QUIET_MODULES, row)) pixels[y * side + x] = 0;
    }
  }
  return { width: side, height: side, pixels };
}

/** A code's modules in base64: a bit each, row by row, the first bit highest; 1 is dark. */
export function packedModules({ size, isDark }: QrMatrix): string {
  const bytes = Buffer.alloc(Math.ceil((size * size) / 8));
  for (let at = 0; at < size * size; at += 1) {
    if (isDark(at % size, Math.floor(at / size))) {
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (0x80 >> (at & 7));
    }
  }
  return bytes.toString('base64');
}

/** Milliseconds that a picture may take: a code is searched for again at other sizes and angles. */
const DECODE_MILLISECONDS_MAX = 1000;

/** The text of the code in a picture, or null if none is found. */
export function readCode({ width, height, pixels }: GreyPicture): string | null {
  try {
    // Of I420 the decoder reads the plane of grey alone, which stands first.
    const options = { format: 'I420', timeLimit: DECODE_MILLISECONDS_MAX } as const;
    return decodeQr({ width, height, data: pixels }, options);
  } catch {
    // The decoder throws whatever it was at when it found no code.
    return null;
  }
}

const READ_BACK_SCALE = 2;

/**
 * A code of this version, error correction level L, in alphanumeric mode, read back by an independent
 * decoder.
 * @throws LightError too_long, code_unreadable
 */
export function matrixOf(text: string, version: number): QrMatrix {
  if (!ALPHANUMERIC_TEXT.test(text)) {
    throw new RangeError("expected a text in the characters of QR's alphanumeric mode");
  }
  if (text.length > charactersOf(version)) {
    throw new LightError(
      'too_long',
      `${text.length} characters exceed a code of version ${version}`,
    );
  }
  const segments = [{ data: text, mode: 'alphanumeric' as const }];
  const { size, data } = create(segments, {
    version,
    errorCorrectionLevel: 'L',
    maskPattern: MASK,
  }).modules;
  const matrix: QrMatrix = {
    version,
    size,
    isDark: (x, y) => x >= 0 && y >= 0 && x < size && y < size && data[y * size + x] === 1,
  };
  if (readCode(drawMatrix(matrix, READ_BACK_SCALE)) === text) return matrix;
  throw new LightError('code_unreadable', 'a code did not read back as what it was made from');
}
