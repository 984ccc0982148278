/**
 * Output may have nowhere to go. A reader that leaves early (`| head`) is no fault; a full disk is: what
 * an auditor was to keep is lost, and message and exit code must tell. Streams say so after the write.
 */
import { EXIT_USAGE } from './cli.ts';

export interface OutputStream {
  write(text: string): unknown;
  on(event: 'error', listener: (error: Error & { readonly code?: string }) => void): unknown;
}

export interface WatchedProcess {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  exitCode?: number | string | null | undefined;
}

/** @returns what turns the exit code of the command into that of the process */
export function watchOutput(watched: WatchedProcess): (exit: number) => number {
  let isLost = false;
  const watch = (name: 'stdout' | 'stderr'): void => {
    let isOver = false;
    watched[name].on('error', ({ code = 'unknown', message }) => {
      // After the first error of a stream, each write that is left may report one more.
      if (isOver) return;
      isOver = true;
      if (code === 'EPIPE') return;
      isLost = true;
      watched.exitCode = EXIT_USAGE;
      if (name === 'stderr') return;
      watched.stderr.write(
        `airlock-audit: expected to write the whole report to standard output, got ${code} (${message}): THE REPORT IS LOST OR CUT OFF; make room or choose another place, and run it again\n`,
      );
    });
  };
  watch('stdout');
  watch('stderr');
  return (exit) => (isLost ? EXIT_USAGE : exit);
}
