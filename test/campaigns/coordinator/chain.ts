/** The journal's hash chain as it stands in the store, checked with nothing but SHA-256 and JSON. */
import { createHash } from 'node:crypto';
import { Level } from 'level';
import type { CountedEvent } from './recount.ts';

/** Keys of the journal begin so. */
const JOURNAL = { gte: 'j/', lt: 'j/\uffff' };

interface Stored {
  readonly number: number;
  readonly previous: string;
  readonly event: { readonly type: string } & Readonly<Record<string, unknown>>;
}

/** An event as the API shows it: an alarm by its own name. */
function shown({ type, ...data }: Stored['event']): CountedEvent {
  if (!type.startsWith('alarm.')) return { type, data };
  const { alarm, ...rest } = data;
  return { type: String(alarm), data: { ...rest, state: type.slice('alarm.'.length) } };
}

/** Every event of the store's journal in order, and where the chain breaks. */
export async function readChain(
  folder: string,
): Promise<{ readonly events: CountedEvent[]; readonly faults: string[] }> {
  const level = new Level<string, string>(folder, { createIfMissing: false });
  const events: CountedEvent[] = [];
  const faults: string[] = [];
  let [number, hash] = [0, '0'.repeat(64)];
  try {
    for await (const [key, text] of level.iterator(JOURNAL)) {
      const { number: own, previous, event } = JSON.parse(text) as Stored;
      number += 1;
      if (own !== number || Number(key.slice(2)) !== number)
        faults.push(`entry ${number} is missing`);
      if (previous !== hash) faults.push(`entry ${number} does not follow the one before`);
      hash = createHash('sha256').update(text).digest('hex');
      events.push(shown(event));
    }
  } finally {
    await level.close();
  }
  return { events, faults };
}
