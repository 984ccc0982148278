/** The auditor as it is built, with a report that cannot be written and a reader that leaves. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createIdentity, sealPairingCard } from '@airlock/gap';
import { afterAll, expect, test } from '@jest/globals';

const AUDITOR = new URL('../../dist/airlock-audit.mjs', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'airlock-audit-'));
afterAll(() => rmSync(folder, { recursive: true }));

const card = join(folder, 'card');
const identity = createIdentity(new Uint8Array(32).fill(1));
const said = { role: 'coordinator', network: 'private', label: 'hub', keyring: null } as const;
writeFileSync(card, sealPairingCard(said, identity));

/** @param output the standard output of the auditor */
function auditInto(output: number): { readonly status: number | null; readonly err: string } {
  const { status, stderr } = spawnSync(process.execPath, [AUDITOR, 'verify', card], {
    stdio: ['ignore', output, 'pipe'],
    encoding: 'utf8',
  });
  return { status, err: stderr };
}

test('a report that is lost is told, with exit 2', () => {
  const full = openSync('/dev/full', 'w');
  const { status, err } = auditInto(full);
  closeSync(full);
  expect(status).toBe(2);
  expect(err).toMatch(/^airlock-audit: expected to write .* got ENOSPC .*run it again\n$/);
});

test('a reader that leaves is no fault', () => {
  const command = '{ sleep 1; "$0" "$1" verify "$2"; echo "$?" >&2; } | true';
  const { stderr } = spawnSync('bash', ['-c', command, process.execPath, AUDITOR, card], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('0\n');
});
