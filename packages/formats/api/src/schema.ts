/** The forms that values of the HTTP API share. The same schemas validate and make the OpenAPI text. */
import { z } from 'zod';

/** Rows of one page. */
export const PAGE_ROWS_MAX = 1000;
export const PAGE_ROWS_DEFAULT = 100;
/** Entries of one transfer. */
export const TRANSFER_ENTRIES_MAX = 1000;
export const REFERENCE_CHARACTERS_MAX = 128;

export const userId: z.ZodType<string> = z
  .string()
  .regex(/^[A-Za-z0-9._:@-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 . _ : @ -')
  .meta({ id: 'UserId', description: "The exchange's own id of a user", example: 'alice' });

const AMOUNT = 'a decimal string in iota, at most 2779530283277761';

export const amount: z.ZodType<string> = z
  .string(AMOUNT)
  .regex(/^(0|[1-9][0-9]{0,15})$/, AMOUNT)
  .meta({ id: 'Amount', description: 'iota, as a decimal string', example: '1000000' });

export const signedAmount: z.ZodType<string> = z
  .string()
  .regex(/^(0|-?[1-9][0-9]{0,15})$/, 'a decimal string in iota, with a minus sign if it leaves')
  .meta({ id: 'SignedAmount', description: 'iota, as a decimal string', example: '-1000000' });

/** Trytes are checked by the protocol's own parser, which says what is wrong with them. */
export const addressInput: z.ZodType<string> = z.string().max(128).meta({
  description: '90 trytes with checksum, or 81 with "checksum": "none"',
});

export const checksumMode: z.ZodType<'none' | undefined> = z.literal('none').optional();

export const address: z.ZodType<string> = z
  .string()
  .regex(/^[9A-Z]{90}$/)
  .meta({ id: 'Address', description: '90 trytes: the address with its checksum' });

export const hash: z.ZodType<string> = z
  .string()
  .regex(/^[9A-Z]{81}$/, '81 trytes')
  .meta({ id: 'Hash', description: '81 trytes' });

export const tag: z.ZodType<string> = z
  .string()
  .regex(/^[9A-Z]{0,27}$/, 'up to 27 trytes')
  .meta({ description: 'Up to 27 trytes, padded with 9' });

export const withdrawalId: z.ZodType<string> = z
  .string()
  .regex(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    'a UUID version 4 in lower case',
  )
  .meta({ id: 'WithdrawalId', example: 'b0d0e7a4-2d8f-4c55-9f0a-7d0f0a3f5a11' });

/** An id with a prefix and 32 hexadecimal digits. */
export function prefixedId(prefix: string): z.ZodType<string> {
  const pattern = new RegExp(`^${prefix}_[0-9a-f]{32}$`);
  return z.string().regex(pattern, `${prefix}_ and 32 hexadecimal digits`);
}

export const reference: z.ZodType<string> = z
  .string()
  .regex(new RegExp(`^[ -~]{1,${REFERENCE_CHARACTERS_MAX}}$`), 'up to 128 printable characters');

/** Of a decision. */
export const reason: z.ZodType<string> = z
  .string()
  .regex(/^[ -~]{1,200}$/, 'up to 200 printable characters: why');

export const time: z.ZodType<string> = z.iso
  .datetime({ precision: 3 })
  .meta({ id: 'Time', description: 'RFC 3339, UTC, with milliseconds' });

export const journalNumber: z.ZodType<string> = z
  .string()
  .regex(/^[0-9]{1,15}$/, 'a journal number');

export const eventType: z.ZodType<string> = z
  .string()
  .regex(/^[a-z.-]{1,64}$/, 'an event type')
  .meta({ example: 'deposit.credited' });

export const eventTypes: z.ZodType<string> = z
  .string()
  .regex(/^[a-z.,-]{1,256}$/, 'event types, separated by commas');

const URL_CHARACTERS_MAX = 2048;

/** Whose plain HTTP nobody else can read. */
const LOOPBACK = /^(localhost|127(\.[0-9]{1,3}){3}|\[::1\])$/;

/** What webhooks may be posted to: nothing in it is a secret, nothing of it is sent in the clear. */
function isWebhookUrl(text: string): boolean {
  // The parser would take out spaces and line breaks, and what is left would not be what was given.
  if (!/^[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password, hash } = new URL(text);
  if (username !== '' || password !== '' || hash !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

export const webhookUrl: z.ZodType<string> = z
  .string()
  .max(URL_CHARACTERS_MAX, `at most ${URL_CHARACTERS_MAX} characters`)
  .refine(isWebhookUrl, 'an https URL without credentials (http for this machine alone)')
  .meta({ description: 'https; http for loopback hosts; no credentials' });

export const digest: z.ZodType<string> = z.string().regex(/^[0-9a-f]{64}$/);
export const base64: z.ZodType<string> = z.base64();
export const count: z.ZodType<number> = z.number().int().nonnegative();
export const flag: z.ZodType<boolean> = z.boolean();
export const words: z.ZodType<string[]> = z.array(z.string().regex(/^[a-z]{4}$/)).length(8);

/** A page's limits, from the query string. */
export interface PageQuery {
  readonly limit: number;
  readonly after?: string | undefined;
}

export const pageFields: {
  readonly limit: z.ZodType<number, string | undefined>;
  readonly after: z.ZodType<string | undefined, string | undefined>;
} = {
  limit: z
    .string()
    .regex(/^[1-9][0-9]{0,3}$/, `1 to ${PAGE_ROWS_MAX}`)
    .optional()
    .transform((text) => (text === undefined ? PAGE_ROWS_DEFAULT : Number(text)))
    .refine((limit) => limit <= PAGE_ROWS_MAX, `1 to ${PAGE_ROWS_MAX}`),
  after: z
    .string()
    // An alarm's cursor holds its subject: the name of a node, for one, as http://[::1]:14265.
    .regex(/^[A-Za-z0-9._:@+/=[\]-]{1,384}$/, 'a nextCursor of an earlier page')
    .optional(),
};

export interface Page<T> {
  readonly data: readonly T[];
  /** Give it as `after` to get the next page; null on the last. */
  readonly nextCursor: string | null;
}

export function page<T>(row: z.ZodType<T>): z.ZodType<Page<T>> {
  return z.strictObject({ data: z.array(row), nextCursor: z.string().nullable() });
}
