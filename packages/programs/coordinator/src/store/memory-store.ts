/** The store in memory: for tests and simulation. Values survive `close`, as a disk's would. */
import type { Operation, Range, Store } from './store.ts';

export function createMemoryStore(values: Map<string, string> = new Map()): Store {
  return {
    get: async (key) => values.get(key) ?? null,
    batch: async (operations: readonly Operation[]) => {
      for (const operation of operations) {
        if (operation.type === 'put') values.set(operation.key, operation.value);
        else values.delete(operation.key);
      }
    },
    entries: async function* ({ from, to, limit, reverse }: Range) {
      const keys = [...values.keys()].filter((key) => key >= from && key < to).sort();
      if (reverse === true) keys.reverse();
      for (const key of keys.slice(0, limit)) {
        const value = values.get(key);
        if (value !== undefined) yield [key, value] as const;
      }
    },
    close: async () => undefined,
  };
}
