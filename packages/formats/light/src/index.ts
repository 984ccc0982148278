/** Messages by screen and camera: QR codes drawn, written to files, and read from pictures. */
export type { Frame, Plan } from './animation.ts';
export {
  Animation,
  plansFor,
  SECONDS_MAX,
  SPEED_DEFAULT,
  SPEED_MAX,
  SPEED_MIN,
  secondsOf,
  urTypeOf,
} from './animation.ts';
export type { LightErrorCode } from './error.ts';
export { LIGHT_ERROR_CODES, LightError } from './error.ts';
export { encodeGif } from './gif.ts';
export { htmlPlayer, htmlSheet } from './html.ts';
export type { GreyPicture, QrMatrix } from './matrix.ts';
export {
  charactersOf,
  drawMatrix,
  matrixOf,
  packedModules,
  QUIET_MODULES,
  readCode,
  VERSION_MAX,
  VERSION_MIN,
} from './matrix.ts';
export { decodePicture, PICTURE_BYTES_MAX, readPicture } from './picture.ts';
export { encodePng } from './png.ts';
export { asBlackOnWhite, sizeOfVersion, terminalLines, terminalSizeOf } from './terminal.ts';
