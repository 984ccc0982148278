/** What a step of a history is, and what steps share. */
import type { Asked } from './coordinator-model.ts';
import type { History } from './history.ts';
import type { Outcome } from './simulated-machine.ts';

export interface Action {
  readonly name: string;
  /** How often it is chosen; 0: only at the end of a history. */
  readonly weight: number;
  readonly isPossible: (history: History) => boolean;
  readonly act: (history: History) => Promise<void>;
}

export const signArgs = (history: History, asked: Asked, out: string): string[] => [
  'sign',
  history.put('request', asked.file),
  ...['--out', out, '--confirm', asked.confirm],
];

/** Whatever is refused leaves the head where it was. */
export async function refused(
  history: History,
  name: string,
  act: () => Promise<Outcome>,
): Promise<void> {
  const before = history.headNumber;
  const { exit } = await act();
  if (exit === 0) history.truth.fail(`${name} was accepted`);
  if (history.headNumber !== before) history.truth.fail(`${name} moved the head`);
}
