/**
 * Counting what several nodes answered, item by item: a value counts if at least a quorum of them gave
 * it. One item that they differ about leaves the others as they are.
 */

/** What one node answered: a value for each item, in the order in which they were asked. */
export type Ballot<T extends bigint | boolean> = readonly T[];

/** Two values can both have a quorum if that is no majority: then the nodes do not agree. */
function agreedValue<T extends bigint | boolean>(values: readonly T[], quorum: number): T | null {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const [first, second] = [...counts].filter(([, count]) => count >= quorum);
  return first !== undefined && second === undefined ? first[0] : null;
}

/**
 * The value of each item, or null where the nodes do not agree on one.
 * @param ballots each with as many values as there are items, else RangeError
 * @param rules quorum: how many nodes must give the same value, from 1
 */
export function countVotes<T extends bigint | boolean>(
  ballots: readonly Ballot<T>[],
  { items, quorum }: { readonly items: number; readonly quorum: number },
): (T | null)[] {
  if (ballots.some((ballot) => ballot.length !== items)) {
    throw new RangeError(`expected ${items} values on each ballot`);
  }
  return Array.from({ length: items }, (_, item) => {
    const values = ballots.map((ballot) => ballot[item] as T);
    return agreedValue(values, quorum);
  });
}

/** How many items a ballot has otherwise than was agreed; those without agreement do not count. */
export function countOutvoted<T extends bigint | boolean>(
  ballot: Ballot<T>,
  agreed: readonly (T | null)[],
): number {
  return agreed.filter((value, item) => value !== null && value !== ballot[item]).length;
}
