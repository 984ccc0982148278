/** What each network asks for (docs/hub-faults.md). */
import { expect, test } from '@jest/globals';
import { NETWORK_PRESETS } from '../src/network-preset.ts';

test('B16: the mainnet gets its minimum weight magnitude, which is not the devnet’s', () => {
  expect(NETWORK_PRESETS.mainnet.magnitude).toBe(14);
  expect(NETWORK_PRESETS.devnet.magnitude).toBe(9);
});
