/** What each network asks for (docs/hub-faults.md, B16); that the program keeps to it: main.test.ts. */
import { NETWORKS } from '@airlock/protocol';
import { expect, test } from '@jest/globals';
import { NETWORK_PRESETS } from '../src/network-preset.ts';

test('each network has its own minimum weight magnitude and its own pace', () => {
  expect(NETWORKS.map((network) => NETWORK_PRESETS[network])).toEqual([
    { magnitude: 14, roundMs: 30_000 },
    { magnitude: 9, roundMs: 10_000 },
    { magnitude: 5, roundMs: 1_000 },
  ]);
});
