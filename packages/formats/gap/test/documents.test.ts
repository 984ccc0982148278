/** docs/gap.md and docs/gap.cddl against the code. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { encodeCbor } from '../src/cbor.ts';
import { digestOf, MESSAGE_TYPES, openEnvelope, typeUri } from '../src/envelope.ts';
import { fingerprintWords } from '../src/identity.ts';
import { openPairingCard } from '../src/pairing-card.ts';
import { COORDINATOR, exampleFile, hex } from './samples.ts';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const text = read('../../../../docs/gap.md');
const cddl = read('../../../../docs/gap.cddl');

/** The hexadecimal digits of an example, without its comments. */
function example(name: string): string {
  const block = new RegExp(`<!-- example: ${name} -->\n\`\`\`hex\n([^\`]*)\`\`\``).exec(text)?.[1];
  return (block ?? '').replace(/#.*$/gm, '').replace(/\s/g, '');
}

describe('the example of docs/gap.md', () => {
  const envelope = openEnvelope(exampleFile());

  test('is what the code seals with the same key, and opens', () => {
    expect(example('file')).toBe(hex(exampleFile()));
    expect(openPairingCard(Buffer.from(example('file'), 'hex')).label).toBe('Desk 1');
  });

  test('shows the bytes that the signature covers', () => {
    const signature = envelope.signatures[0]!;
    const aad = new Uint8Array(Buffer.from(typeUri('pairing-card')));
    const bytes = ['Signature', envelope.bodyHeader, signature.header, aad, envelope.payload];
    expect(example('signed')).toBe(hex(encodeCbor(bytes)));
    const signed = Buffer.from(example('signed'), 'hex');
    expect(hex(COORDINATOR.sign(signed))).toBe(hex(signature.signature));
  });

  test('names the words of the key and the digest', () => {
    expect(text).toContain(`\`${fingerprintWords(COORDINATOR.publicKey).join(' ')}\``);
    expect(text).toContain(`\`${digestOf(envelope)}\``);
  });
});

test('docs/gap.md lists every type with its URI', () => {
  const rows = [...text.matchAll(/^\| `([a-z-]+)` \| `(airlock:gap[^`]+)` \|/gm)];
  expect(rows.map(([, type, uri]) => [type, uri])).toEqual(
    MESSAGE_TYPES.map((type) => [type, typeUri(type)]),
  );
});

describe('docs/gap.cddl', () => {
  const sections = [...cddl.matchAll(/^; ---- ([a-z-]+)\.ts\n((?:(?!; ----).*\n)*)/gm)];

  test('has a section for every source file that defines a struct', () => {
    expect(sections.map(([, name]) => name)).toEqual([
      'address-batch',
      'custody',
      'pairing-card',
      'record-entry',
      'record-export',
      'signing-request',
      'signing-response',
      'void',
    ]);
  });

  test.each(sections.map(([, name, body]) => [name!, body!]))(
    'has the keys, kinds and names of %s.ts in the same order',
    (name, body) => {
      const documented = [...body.matchAll(/(?:(\d+):|= \[(\d+),).*; (?:kind )?([\w-]+)$/gm)].map(
        ([, key, kind, word]) => (kind === undefined ? `${key} ${word}` : `kind ${kind} ${word}`),
      );
      const source = read(`../src/${name}.ts`);
      const coded = [
        ...source.matchAll(/([\w-]+)'?(?:: | = )(?:field\(\s*(\d+),|\[\s*(\d+),)/g),
      ].map(([, word, key, kind]) =>
        kind === undefined ? `${key} ${word}` : `kind ${kind} ${word}`,
      );
      expect(documented).toEqual(coded);
      expect(coded.length).toBeGreaterThan(0);
    },
  );

  test('has the content type of every message', () => {
    const types = [...cddl.matchAll(/"application\/vnd\.airlock\.([a-z-]+)\.v1\+cbor"/g)];
    expect(types.map(([, type]) => type).sort()).toEqual([...MESSAGE_TYPES].sort());
  });
});
