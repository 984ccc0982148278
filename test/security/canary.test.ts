/**
 * The built signer keeps no secret: none in files, arguments, environment and output, nor in a process's
 * memory after its last step, except what docs/security.md names.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Canary, isKnown, type StepReport } from './canary/canary.ts';
import type { Secret } from './canary/secret-forms.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newCanary(): Canary {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-canary-'));
  folders.push(folder);
  return new Canary(folder);
}

/** Where /proc/PID/mem cannot be read, the other places are looked at all the same. */
function sayIfUnread(reports: readonly StepReport[]): boolean {
  const isUnread = reports.some(({ image }) => image === null);
  if (isUnread) process.stderr.write('canary: this system shows no memory: not searched\n');
  return isUnread;
}

/** 48 bytes that are a seed: small, as their first bytes show. */
const SEED: Secret = {
  name: 'a seed',
  bytes: Uint8Array.from({ length: 48 }, (_, i) => (i === 0 ? 7 : (i * 89 + 131) & 0xff)),
};
const FORMS = ['base64', 'hex', 'hex, upper case', 'raw', 'text of 16 bits', 'trytes of text'];

describe('the search', () => {
  test('finds every form of a secret that a process keeps, wherever it is', async () => {
    const canary = newCanary();
    const [salt] = canary.secrets as [Secret];
    for (const [secret, forms] of [
      [salt, FORMS],
      [SEED, [...FORMS.slice(0, 5), 'trytes of 48 bytes', 'trytes of text']],
    ] as const) {
      const report = await canary.control(secret);
      const places = (form: string): string[] =>
        report.findings.filter((each) => each.form === form).map(({ where }) => where);
      expect(places('hex')).toEqual(expect.arrayContaining(['arguments', 'environment', 'output']));
      expect(places('raw')).toContain('stick/leak');
      if (sayIfUnread([report])) continue;
      const found = report.findings.filter(({ where }) => where.startsWith('memory'));
      expect([...new Set(found.map(({ form }) => form))].sort()).toEqual(forms);
    }
  }, 120_000);
});

describe('the signer', () => {
  const canary = newCanary();
  beforeAll(() => canary.live(), 300_000);

  test('has gone through its life, with every secret looked for', () => {
    expect(canary.reports.map(({ step }) => step)).toEqual([
      'init',
      'pair',
      'addresses',
      'derive',
      'sign',
      'custody',
      'spend',
    ]);
    expect(canary.secrets.map(({ name }) => name)).toEqual([
      ...['salt', 'passphrase', 'identity key', 'key of the sealed file'],
      ...[1, 2, 3].flatMap((n) => [`seed ${n}`, `derived bytes ${n}`, `subseed ${n}`]),
    ]);
    if (sayIfUnread(canary.reports)) return;
    for (const { image } of canary.reports) expect(image?.bytes).toBeGreaterThan(2 ** 25);
  });

  test('leaves nothing of them but what is known', () => {
    const findings = canary.reports.flatMap(({ step, findings: all }) =>
      all.filter((finding) => !isKnown(finding)).map((finding) => ({ step, ...finding })),
    );
    expect(findings).toEqual([]);
  });

  test('leaves what is known to remain: the search finds OpenSSL’s copy of the identity', () => {
    if (sayIfUnread(canary.reports)) return;
    const { findings } = canary.reports.find(({ step }) => step === 'sign') as StepReport;
    expect(findings.filter(isKnown)).not.toEqual([]);
  });
});
