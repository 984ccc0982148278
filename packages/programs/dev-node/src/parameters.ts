/** Parameters of a command from JSON, checked as IRI's API does and refused with its messages. */
import {
  ADDRESS_TRYTES,
  CHECKSUM_TRYTES,
  HASH_TRYTES,
  isTrytes,
  NULL_HASH,
  ProtocolError,
  parseAddress,
  SUPPLY,
  TAG_TRYTES,
} from '@airlock/protocol';
import { DevNodeError } from './error.ts';
import { REQUEST_LIST_MAX } from './limits.ts';

export type Request = Readonly<Record<string, unknown>>;

function invalid(name: string, info?: string): DevNodeError {
  return new DevNodeError('parameter_invalid', `Invalid ${name} input`, info ? { info } : {});
}

/** @throws DevNodeError parameter_missing */
function take(request: Request, name: string): unknown {
  if (!Object.hasOwn(request, name)) {
    throw new DevNodeError('parameter_missing', 'Invalid parameters', { info: `missing: ${name}` });
  }
  return request[name];
}

/** Whether the parameter is there; null, as some clients send for "none", is not. */
export function hasParameter(request: Request, name: string): boolean {
  return request[name] !== undefined && request[name] !== null;
}

/** @throws DevNodeError parameter_missing, parameter_invalid */
export function parseInteger(
  request: Request,
  name: string,
  range: { readonly min: number; readonly max: number },
): number {
  const value = take(request, name);
  if (typeof value !== 'number' || !Number.isInteger(value)) throw invalid(name);
  if (value < range.min || value > range.max) {
    throw invalid(name, `expected ${range.min} to ${range.max}, got ${value}`);
  }
  return value;
}

/** @throws DevNodeError parameter_missing, parameter_invalid */
export function parseHash(request: Request, name: string): string {
  const value = take(request, name);
  if (typeof value !== 'string' || !isTrytes(value, HASH_TRYTES)) throw invalid(name);
  return value;
}

/**
 * Items of exactly `length` trytes, or of any text if it is null.
 * @throws DevNodeError parameter_missing, parameter_invalid
 */
export function parseList(request: Request, name: string, length: number | null): string[] {
  const list = take(request, name);
  if (!Array.isArray(list)) throw invalid(name, 'expected a list');
  if (list.length > REQUEST_LIST_MAX) {
    throw new DevNodeError('parameter_invalid', 'Could not complete request', {
      info: `expected at most ${REQUEST_LIST_MAX} ${name}, got ${list.length}`,
    });
  }
  return list.map((item: unknown) => {
    if (typeof item !== 'string' || (length !== null && !isTrytes(item, length))) {
      throw invalid(name);
    }
    return item;
  });
}

/** Addresses of 81 or 90 trytes as 81; the checksum is cut off unread, as IRI does. */
export function parseAddresses(request: Request): string[] {
  return parseList(request, 'addresses', null).map((address) => {
    const isLength = [ADDRESS_TRYTES, ADDRESS_TRYTES + CHECKSUM_TRYTES].includes(address.length);
    if (!isLength || !isTrytes(address)) throw invalid('addresses');
    return address.slice(0, ADDRESS_TRYTES);
  });
}

/** What findTransactions may be asked for; the null hash, which would match too much, may not. */
export function parseSearch(request: Request, name: string): Set<string> {
  if (name === 'tags') return new Set(parseList(request, name, null).map(padTag));
  const values =
    name === 'addresses' ? parseAddresses(request) : parseList(request, name, HASH_TRYTES);
  if (values.includes(NULL_HASH)) throw invalid(name);
  return new Set(values);
}

function padTag(tag: string): string {
  if (tag.length > TAG_TRYTES || !isTrytes(tag) || /^9*$/.test(tag)) throw invalid('tag');
  return tag.padEnd(TAG_TRYTES, '9');
}

/** What the faucet shall pay. @throws DevNodeError parameter_missing, parameter_invalid */
export function parsePayment(request: Request): { address: string; amount: bigint } {
  const text = take(request, 'address');
  const amount = take(request, 'amount');
  const isAmount =
    typeof amount === 'string' ? /^[1-9][0-9]{0,15}$/.test(amount) : Number.isSafeInteger(amount);
  if (!isAmount || BigInt(amount as string | number) < 1n) {
    throw invalid('amount', `expected a whole number of 1 to ${SUPPLY}`);
  }
  try {
    const isPlain = typeof text === 'string' && text.length === ADDRESS_TRYTES;
    const address = parseAddress(text, isPlain ? 'none' : 'required');
    return { address, amount: BigInt(amount as string | number) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw invalid('address', error.message);
  }
}
