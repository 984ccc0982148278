/** Choices for random commands, the same for the same seed. */
import type { Choice } from './ledger-campaign.ts';
import { seededRandom } from './world.ts';

/** Ranges of the second and third value. */
const THINGS = 100_000;
const SIZE_MAX = 1_000_000_000_000n;

/** Without an end. */
export function* seededChoices(seed: number): Generator<Choice> {
  const random = seededRandom(`ledger/${seed}`);
  for (;;) {
    const bytes = Buffer.from(random(16));
    const size = (bytes.readBigUInt64BE(8) % SIZE_MAX) + 1n;
    yield [bytes.readUInt32BE(0), bytes.readUInt32BE(4) % THINGS, size];
  }
}
