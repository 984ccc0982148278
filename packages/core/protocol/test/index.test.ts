/** What the package offers, pinned. */
import { expect, test } from '@jest/globals';
import * as protocol from '../src/index.ts';

test('the values exported are these', () => {
  expect(Object.keys(protocol).sort().join(' ')).toBe(
    [
      'ADDRESS_BYTES ADDRESS_TRYTES ARGON2_SALT_BYTES_MIN BUNDLE_FAULTS CHECKSUM_TRYTES',
      'FRAGMENT_BYTES FRAGMENT_TRYTES HASH_TRYTES HKDF_SALT_BYTES_MIN NETWORKS NINE_TRYTES_MAX',
      'NULL_FRAGMENT NULL_HASH NULL_TAG PROTOCOL_ERROR_CODES ProtocolError SCHEME_NAMES SUPPLY',
      'TAG_TRYTES TRANSACTION_TRYTES UUID_BYTES UUID_CHARACTERS addressOfSeed assembleBundle',
      'assertSalt assertScheme attachBundle attachBundleSync attachNonce bundleHash bytesToHash',
      'bytesToUuid checksumOf decodeInteger decodeTransaction defaultScheme deriveRaw',
      'deriveSeed encodeInteger encodeTransaction exposesKey finalizeBundle findBundleFault',
      'findValueFault formatAmount hasZeroLastTrit hashOfTransaction hashToBytes isInDomain',
      'isSecurityLevel isTrytes nonceTask normalizeHash parseAddress parseAmount parseTrytes',
      'parseUuid plainArgon2 searchNonce signHash signatureToTrytes slotsOfInput',
      'transactionHash tritsToTrytes tryteValue trytesToTrits trytesToWords uuidToBytes',
      'verifySignature weightMagnitude withChecksum withNonce wordsToTrytes',
    ].join(' '),
  );
});
