/** A memory store whose batches wait until they are let go, and fail when told to. */
import { createMemoryStore } from '../src/store/memory-store.ts';
import type { Operation, Store } from '../src/store/store.ts';

export interface GatedStore extends Store {
  /** Every batch that came, written or not. */
  readonly batches: (readonly Operation[])[];
  /** Lets the oldest waiting batch go, and resolves when whoever waited for it has gone on. */
  readonly release: () => Promise<void>;
  /** Lets all go that wait and all that come. */
  readonly open: () => void;
  /** From now on batches wait. */
  readonly shut: () => void;
  fail: boolean;
  /** Whether what a batch writes can be read before it is on the disk. */
  isEarly: boolean;
}

export function gatedStore(): GatedStore {
  const inner = createMemoryStore();
  const waiting: (() => void)[] = [];
  let isOpen = false;
  const gated: GatedStore = {
    ...inner,
    fail: false,
    isEarly: false,
    batches: [],
    batch: async (operations: readonly Operation[]) => {
      gated.batches.push(operations);
      if (gated.isEarly) await inner.batch(operations);
      if (!isOpen) await new Promise<void>((resolve) => waiting.push(resolve));
      if (gated.fail) throw new Error('disk full');
      await inner.batch(operations);
    },
    release: async () => {
      waiting.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
    open: () => {
      isOpen = true;
      for (const go of waiting.splice(0)) go();
    },
    shut: () => {
      isOpen = false;
    },
  };
  return gated;
}
