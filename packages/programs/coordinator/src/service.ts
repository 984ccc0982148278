/** The coordinator's rounds: each runs again after a pause, whatever happened in the last one. */
import { createAlarmRound } from './alarms.ts';
import type { Coordinator } from './coordinator.ts';
import { creditRound } from './credits.ts';
import { FaultLog } from './fault-log.ts';
import { Scheduler } from './signing/schedules.ts';
import { Attachment } from './tangle/attachment.ts';
import { DepositMonitor } from './tangle/monitor.ts';
import { recoverForgotten } from './tangle/recovery.ts';

/** Pause and stop, passed in: real timers in the program, none in tests. */
export interface Pause {
  readonly wait: (milliseconds: number) => Promise<void>;
  readonly isStopped: () => boolean;
}

/** Runs every kind of round until stopped. A failed one is logged once a cause, and stops no other. */
export async function runRounds(
  coordinator: Coordinator,
  pause: Pause,
  everyMs: number,
): Promise<void> {
  const monitor = new DepositMonitor(coordinator);
  const attachment = new Attachment(coordinator);
  const scheduler = new Scheduler(coordinator);
  const { ledger, settings } = coordinator;
  const faults = new FaultLog(coordinator.log);
  const rounds: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['deposit monitor', () => monitor.round()],
    ['attachment', () => attachment.round()],
    ['recovery', () => recoverForgotten(coordinator, (each) => monitor.look(each), faults)],
    ['credits', () => creditRound(ledger, settings)],
    ['schedules', () => scheduler.round()],
    ['alarms', createAlarmRound(coordinator)],
  ];
  while (!pause.isStopped()) {
    for (const [name, round] of rounds) await faults.supervise(name, round);
    await pause.wait(everyMs);
  }
}
