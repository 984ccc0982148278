/**
 * Searches where anybody may have put more under one address or bundle hash than a node gives at once: that
 * one must not keep the others from being found.
 */
import { TooManyFound } from '../nodes/node-client.ts';

/**
 * Searches for all items at once; where there is too much, for each half of them, down to the one. An item
 * may be searched for several times before that.
 * @param alone what stands for an item of which there is too much
 * @returns what was found, in parts
 */
export async function searchInParts<T>(
  items: readonly string[],
  search: (part: readonly string[]) => Promise<T>,
  alone: (item: string, cause: TooManyFound) => T,
): Promise<T[]> {
  const [first] = items;
  if (first === undefined) return [];
  try {
    return [await search(items)];
  } catch (cause) {
    if (!(cause instanceof TooManyFound)) throw cause;
    if (items.length === 1) return [alone(first, cause)];
    const half = items.length >> 1;
    const found = await searchInParts(items.slice(0, half), search, alone);
    return [...found, ...(await searchInParts(items.slice(half), search, alone))];
  }
}
