/** Routes by which files cross as QR codes: shown by this coordinator, and read from a signer's screen. */
import { z } from 'zod';
import type { RouteTable, Schema } from './route.ts';
import * as form from './schema.ts';

/** Lines of one call; a camera sends what it has seen every now and then. */
const FRAMES_MAX = 200;
/** What the largest QR code holds. */
const FRAME_CHARACTERS_MAX = 4296;

const byRequestId = z.strictObject({ id: form.prefixedId('sr') });

const whole = (low: number, high: number) =>
  z
    .string()
    .regex(/^[1-9][0-9]?$/, `${low} to ${high}`)
    .transform(Number)
    .refine((value) => value >= low && value <= high, `${low} to ${high}`)
    .optional();

/** How codes are shown. */
export const codesFields: {
  readonly speed: Schema<number | undefined>;
  readonly codeVersion: Schema<number | undefined>;
  readonly sequential: Schema<'true' | 'false' | undefined>;
} = {
  speed: whole(2, 12),
  codeVersion: whole(10, 27),
  sequential: z.enum(['true', 'false']).optional(),
};

const codesQuery = z.strictObject({
  ...codesFields,
  format: z.enum(['html', 'gif', 'frames']).optional(),
});

const frames = z.strictObject({
  frames: z.array(z.string().max(FRAME_CHARACTERS_MAX)).min(1).max(FRAMES_MAX),
});

const framesTaken = z.strictObject({
  received: form.count,
  needed: form.count,
  complete: form.flag,
  imported: z.strictObject({ type: z.string(), id: z.string() }).nullable(),
});

export const lightRoutes: Pick<
  RouteTable,
  'getPairingCardQr' | 'getSigningRequestQr' | 'getVoidQr' | 'importResponseFrames' | 'importFrames'
> = {
  getPairingCardQr: {
    method: 'get',
    path: '/v1/pairing-card/qr',
    role: 'officer',
    summary: "This coordinator's pairing card as QR codes: a page, an animated GIF, or frames",
    query: codesQuery,
    status: 200,
    reply: 'media',
  },
  getSigningRequestQr: {
    method: 'get',
    path: '/v1/signing-requests/{id}/qr',
    role: 'officer',
    summary: 'The request as QR codes: a page, an animated GIF, or frames',
    params: byRequestId,
    query: codesQuery,
    status: 200,
    reply: 'media',
  },
  getVoidQr: {
    method: 'get',
    path: '/v1/signing-requests/{id}/void-qr',
    role: 'officer',
    summary: 'The void request as QR codes: a page, an animated GIF, or frames',
    params: byRequestId,
    query: codesQuery,
    status: 200,
    reply: 'media',
  },
  importResponseFrames: {
    method: 'post',
    path: '/v1/signing-requests/{id}/response-frames',
    role: 'officer',
    summary: "Codes read from the signer's screen, in any order, over any number of calls",
    params: byRequestId,
    body: frames,
    status: 200,
    reply: framesTaken,
  },
  importFrames: {
    method: 'post',
    path: '/v1/frames',
    role: 'officer',
    summary: 'Likewise for any file of a signer: card, batch, response, receipt, record',
    body: frames,
    status: 200,
    reply: framesTaken,
  },
};
