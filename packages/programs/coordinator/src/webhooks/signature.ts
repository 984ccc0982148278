/** Secrets and signatures of webhooks: the symmetric scheme `v1` of the Standard Webhooks 1.0.0. */
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
/** The specification asks for 24 to 64. */
const SECRET_BYTES = 32;
/** So long after a rotation the secret before it signs as well. */
const ROTATION_MS = 24 * 3_600_000;

/** Each `whsec_` and base64, as it was shown. */
export interface Secrets {
  readonly current: string;
  readonly previous: {
    readonly secret: string;
    /** Unix time in milliseconds from which on it signs no more. */
    readonly until: number;
  } | null;
}

export function createSecret(random: (bytes: number) => Uint8Array): string {
  return PREFIX + Buffer.from(random(SECRET_BYTES)).toString('base64');
}

/** Two at most: whoever rotates twice in a day wants the first one gone. */
export function rotate({ current }: Secrets, fresh: string, now: number): Secrets {
  return { current: fresh, previous: { secret: current, until: now + ROTATION_MS } };
}

function sign(secret: string, content: string): string {
  const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
  return `v1,${createHmac('sha256', key).update(content, 'utf8').digest('base64')}`;
}

/**
 * The three headers of one try.
 * @param message its id must not hold a full stop, which parts what is signed
 * @param now Unix time in milliseconds, of this try
 */
export function signatureHeaders(
  { id, body }: { readonly id: string; readonly body: string },
  { current, previous }: Secrets,
  now: number,
): Record<string, string> {
  const timestamp = Math.floor(now / 1000).toString();
  const secrets =
    previous === null || now >= previous.until ? [current] : [current, previous.secret];
  const content = `${id}.${timestamp}.${body}`;
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': secrets.map((secret) => sign(secret, content)).join(' '),
  };
}
