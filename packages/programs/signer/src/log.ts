/** The officers' own log on paper: the one witness against a coordinator that lies after a loss. */
import { SignerError } from './error.ts';

/**
 * What was found must end with the last sequence that people remember.
 * @throws SignerError log_mismatch
 */
export function assertLogged({
  recorded,
  logged,
}: {
  readonly recorded: number;
  readonly logged: number;
}): void {
  if (recorded === logged) return;
  throw new SignerError(
    'log_mismatch',
    `your log says that sequence ${logged} was the last one signed; the record says ${recorded}`,
    {
      next:
        recorded < logged
          ? 'signatures are missing from it: it is old. Bring what was kept since; never go on without it'
          : 'find out who signed what the log does not know, before anything is signed again',
    },
  );
}
