/** The officers' own log on paper: the one witness against a coordinator that lies after a loss. */
import type { RecordEntry } from '@airlock/gap';
import { SignerError } from './error.ts';

/** What the log ends with. */
export interface LogEnd {
  /** Sequence of the last request that was signed; 0: none. */
  readonly lastSequence: number;
  /** Number of the last spend or surrender without a request, counted from 1 on; 0: none. */
  readonly lastAlone: number;
}

/** What a record's entries make the log end with. */
export function logEndOf(entries: readonly RecordEntry[]): LogEnd {
  let lastSequence = 0;
  let lastAlone = 0;
  for (const { event } of entries) {
    if (event.kind === 'signed') lastSequence = Math.max(lastSequence, event.sequence);
    if (event.kind === 'signed-alone' || event.kind === 'surrendered') lastAlone += 1;
  }
  return { lastSequence, lastAlone };
}

const MISSING =
  'signatures are missing from it: it is old. Bring what was kept since; never go on without it';

function assertSame(
  what: string,
  { recorded, logged }: { readonly recorded: number; readonly logged: number },
): void {
  if (recorded === logged) return;
  throw new SignerError(
    'log_mismatch',
    `your log says that ${what} ${logged} was the last one; the record says ${recorded}`,
    {
      next:
        recorded < logged
          ? MISSING
          : 'find out who signed what the log does not know, before anything is signed again',
    },
  );
}

/**
 * What was found must end with the last sequence, and the last spend or surrender, that people remember.
 * @throws SignerError log_mismatch
 */
export function assertLogged({
  recorded,
  logged,
}: {
  readonly recorded: LogEnd;
  readonly logged: LogEnd;
}): void {
  assertSame('sequence', { recorded: recorded.lastSequence, logged: logged.lastSequence });
  assertSame('spend or surrender number', {
    recorded: recorded.lastAlone,
    logged: logged.lastAlone,
  });
}
