/** What the package offers, pinned. */
import { expect, test } from '@jest/globals';
import * as light from '../src/index.ts';

test('the values exported are these', () => {
  expect(Object.keys(light).sort().join(' ')).toBe(
    [
      'Animation LIGHT_ERROR_CODES LightError PICTURE_BYTES_MAX QUIET_MODULES SECONDS_MAX',
      'SPEED_DEFAULT SPEED_MAX SPEED_MIN VERSION_MAX VERSION_MIN asBlackOnWhite charactersOf',
      'decodePicture drawMatrix encodeGif encodePng htmlPlayer htmlSheet matrixOf packedModules',
      'plansFor readCode readPicture secondsOf sizeOfVersion terminalLines terminalSizeOf urTypeOf',
    ].join(' '),
  );
});
