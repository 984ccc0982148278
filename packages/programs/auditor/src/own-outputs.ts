/**
 * Outputs to own keys: none may go to a key that was asked to sign before or in the same request,
 * since money that arrives there later could only be moved by a second signature.
 */
import { uuidCommitment } from '@airlock/gap';
import type { KnownRequest } from './context.ts';
import type { AddFinding } from './findings.ts';
import { commitmentOf } from './verify-request.ts';

interface Asked {
  readonly sequence: number;
  readonly file: string;
}

/** Checks all requests together: the first sequence that spends a key against outputs to it. */
export function checkOwnOutputs(requests: readonly KnownRequest[], add: AddFinding): void {
  const asked = new Map<string, Asked>();
  for (const { request, file } of requests) {
    const { keyringId, sequence } = request;
    for (const { role } of request.bundles.flat()) {
      const commitment = role.kind === 'input' ? commitmentOf(role) : null;
      if (commitment === null) continue;
      const name = `${keyringId} ${commitment}`;
      const first = asked.get(name);
      if (first === undefined || sequence < first.sequence) asked.set(name, { sequence, file });
    }
  }
  for (const { request, file } of requests) {
    for (const { role, address } of request.bundles.flat()) {
      if (role.kind !== 'own') continue;
      const spent = asked.get(`${request.keyringId} ${uuidCommitment(role.uuid)}`);
      if (spent === undefined || spent.sequence > request.sequence) continue;
      const message = `an output goes to ${address}, whose key request ${spent.sequence} spends`;
      add({ code: 'own_output_used', file, otherFile: spent.file, message });
    }
  }
}
