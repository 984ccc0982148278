/** Output that does not arrive: a reader that left is no fault, a full disk is one. */
import { EventEmitter } from 'node:events';
import { expect, test } from '@jest/globals';
import { EXIT_FINDINGS, EXIT_OK, EXIT_USAGE } from '../src/cli.ts';
import { watchOutput } from '../src/output.ts';

class Stream extends EventEmitter {
  readonly written: string[] = [];
  write(text: string): void {
    this.written.push(text);
  }
  fail(code: string): void {
    this.emit('error', Object.assign(new Error(`${code}: write`), { code }));
  }
}

function watched(): {
  stdout: Stream;
  stderr: Stream;
  exitCode?: number | string | null | undefined;
  exitOf: (exit: number) => number;
} {
  const streams = { stdout: new Stream(), stderr: new Stream() };
  return Object.assign(streams, { exitOf: watchOutput(streams) });
}

test('a closed pipe changes nothing, whatever its later writes say', () => {
  const at = watched();
  for (const stream of [at.stdout, at.stderr]) {
    stream.fail('EPIPE');
    stream.fail('ERR_STREAM_DESTROYED');
  }
  expect(at.exitCode).toBeUndefined();
  expect([EXIT_OK, EXIT_FINDINGS].map(at.exitOf)).toEqual([EXIT_OK, EXIT_FINDINGS]);
  expect(at.stderr.written).toEqual([]);
});

test.each(['ENOSPC', 'EIO', 'EBADF'])('a report lost by %s is told, once, with exit 2', (code) => {
  const at = watched();
  at.stdout.fail(code);
  at.stdout.fail(code);
  expect(at.exitCode).toBe(EXIT_USAGE);
  expect(at.exitOf(EXIT_OK)).toBe(EXIT_USAGE);
  expect(at.stderr.written).toHaveLength(1);
  expect(at.stderr.written[0]).toContain(`got ${code} (${code}: write): THE REPORT IS LOST`);
});

test('messages that are lost have exit 2 alone', () => {
  const at = watched();
  at.stderr.fail('ENOSPC');
  expect(at.exitOf(EXIT_OK)).toBe(EXIT_USAGE);
  expect(at.stderr.written).toEqual([]);
});
