/** The coordinator's rounds: each runs again after a pause, whatever happened in the last one. */
import { Attachment } from './attachment.ts';
import type { Coordinator } from './coordinator.ts';
import { creditRound } from './credits.ts';
import { DepositMonitor } from './monitor.ts';

/** Pause and stop, passed in: real timers in the program, none in tests. */
export interface Pause {
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly isStopped: () => boolean;
}

/** Runs monitor and attachment until stopped. A failed round is logged once a cause, not each time. */
export async function runRounds(
  coordinator: Coordinator,
  pause: Pause,
  everyMs: number,
): Promise<void> {
  const monitor = new DepositMonitor(coordinator);
  const attachment = new Attachment(coordinator);
  const faults = new Map<string, string>();
  const supervise = async (name: string, round: () => Promise<unknown>): Promise<void> => {
    try {
      await round();
      if (faults.delete(name)) coordinator.log(`${name}: working again`);
    } catch (cause) {
      const fault = cause instanceof Error ? cause.message : 'failed';
      if (faults.get(name) !== fault) coordinator.log(`${name}: ${fault}`);
      faults.set(name, fault);
    }
  };
  while (!pause.isStopped()) {
    await supervise('deposit monitor', () => monitor.round());
    await supervise('attachment', () => attachment.round());
    await supervise('credits', () =>
      creditRound(coordinator.ledger, coordinator.settings.creditPolicy),
    );
    await pause.wait(everyMs);
  }
}
