/** The coordinator's rounds: each runs again after a pause, whatever happened in the last one. */
import { Attachment } from './attachment.ts';
import type { Coordinator } from './coordinator.ts';
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
  let lastFault = '';
  while (!pause.isStopped()) {
    try {
      await monitor.round();
      await attachment.round();
      if (lastFault !== '') coordinator.log('rounds: working again');
      lastFault = '';
    } catch (cause) {
      const fault = cause instanceof Error ? cause.message : 'failed';
      if (fault !== lastFault) coordinator.log(`rounds: ${fault}`);
      lastFault = fault;
    }
    await pause.wait(everyMs);
  }
}
