/** Codes of what crosses the gap by light, and what a camera has seen of the signer's. */

import { pairingCard } from '../keyrings.ts';
import { codesOf } from '../light/codes.ts';
import { takeFrames, takeResponseFrames } from '../light/frames.ts';
import { requestFile } from '../signing/signing.ts';
import { voidFile } from '../signing/voids.ts';
import type { Handlers } from './handler.ts';

export const lightHandlers: Handlers<
  'getPairingCardQr' | 'getSigningRequestQr' | 'getVoidQr' | 'importResponseFrames' | 'importFrames'
> = {
  getPairingCardQr: async (coordinator, { query }) => codesOf(pairingCard(coordinator), query),

  getSigningRequestQr: async (coordinator, { params: { id }, query }) =>
    codesOf(await requestFile(coordinator, id), query),

  getVoidQr: async (coordinator, { params: { id }, query }) =>
    codesOf(voidFile(coordinator, id), query),

  importResponseFrames: async (coordinator, { params: { id }, body }) =>
    takeResponseFrames(coordinator, id, body.frames),

  importFrames: async (coordinator, { body }) => takeFrames(coordinator, body.frames),
};
