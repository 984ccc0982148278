/** Every withdrawal id that any file names, and the bundle hashes that pay it. */
import type { AddFinding } from '../findings.ts';
import { type HashUse, HashUses, type IsFreed, isSigned } from './hash-uses.ts';

export class LedgerOfPayments {
  readonly #uses = new Map<string, HashUses>();

  use(withdrawalId: string, use: HashUse): void {
    const uses = this.#uses.get(withdrawalId) ?? new HashUses();
    this.#uses.set(withdrawalId, uses);
    uses.note(use);
  }

  /** @returns how many withdrawal ids there are */
  check(add: AddFinding, isFreed: IsFreed): number {
    for (const [id, uses] of this.#uses) {
      for (const { first, other } of uses.conflicts(isFreed)) {
        const code = isSigned(other) ? 'withdrawal_two_hashes' : 'withdrawal_requested_twice';
        const message = `withdrawal ${id} stands in ${first.hash} and in ${other.hash}`;
        add({ code, file: first.file, otherFile: other.file, message });
      }
    }
    return this.#uses.size;
  }
}
