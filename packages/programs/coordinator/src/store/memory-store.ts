/** The store in memory: for tests and simulation. Values survive `close`, as a disk's would. */
import type { Operation, Range, Store } from './store.ts';

export function createMemoryStore(values: Map<string, string> = new Map()): Store {
  return {
    get: (key) => values.get(key) ?? null,
    batch: async (operations: readonly Operation[]) => {
      // Looked at before anything is written: all operations or none.
      for (const operation of operations) {
        const isPut = operation.type === 'put' && typeof operation.value === 'string';
        if (!isPut && operation.type !== 'del') throw new TypeError('expected put or del');
      }
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
    // A map keeps nothing of what was deleted.
    purge: async () => undefined,
    close: async () => undefined,
  };
}
