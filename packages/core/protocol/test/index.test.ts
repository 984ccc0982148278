/** What the package offers, pinned; and its README's sample, which must run and print what it says. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import * as protocol from '../src/index.ts';

test('the values exported are these', () => {
  expect(Object.keys(protocol).sort().join(' ')).toBe(
    [
      'ADDRESS_BYTES ADDRESS_TRYTES ARGON2_SALT_BYTES_MIN BUNDLE_FAULTS CHECKSUM_TRYTES',
      'FRAGMENT_BYTES FRAGMENT_TRYTES HASH_TRYTES HKDF_SALT_BYTES_MIN NETWORKS',
      'NINE_TRYTES_MAX NULL_FRAGMENT NULL_HASH NULL_TAG PROTOCOL_ERROR_CODES ProtocolError',
      'SCHEME_NAMES SUPPLY TAG_TRYTES TRANSACTION_TRYTES UUID_BYTES UUID_CHARACTERS',
      'addressOfSeed assembleBundle assertSalt assertScheme attachNonce bundleHash bytesToHash',
      'bytesToUuid checksumOf decodeInteger decodeTransaction defaultScheme deriveRaw deriveSeed',
      'encodeInteger encodeTransaction exposesKey finalizeBundle findBundleFault findValueFault',
      'formatAmount hasZeroLastTrit hashOfTransaction hashToBytes isInDomain isSecurityLevel',
      'isTrytes normalizeHash parseAddress parseAmount parseTrytes parseUuid plainArgon2 signHash',
      'signatureToTrytes slotsOfInput transactionHash tritsToTrytes tryteValue trytesToTrits',
      'trytesToWords uuidToBytes verifySignature weightMagnitude withChecksum wordsToTrytes',
    ].join(' '),
  );
});

describe('README.md', () => {
  test('the sample prints what its comments say', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const sample = readme.match(/```ts\n([\s\S]*?)```/)?.[1] ?? '';
    const { outputFiles } = buildSync({
      stdin: {
        contents: sample,
        loader: 'ts',
        resolveDir: fileURLToPath(new URL('.', import.meta.url)),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      write: false,
    });
    const run = spawnSync(process.execPath, ['--input-type=module'], {
      input: outputFiles[0]!.text,
      encoding: 'utf8',
    });
    const said = [...sample.matchAll(/\/\/ → (.*)/g)].map(([, text]) => `${text}\n`);
    expect(said.length).toBeGreaterThan(0);
    expect(run.stdout + run.stderr).toBe(said.join(''));
  });
});
