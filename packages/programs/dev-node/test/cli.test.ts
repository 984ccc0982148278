/** Options, defaults, bounds and help of the command line. */
import { describe, expect, test } from '@jest/globals';
import { parseCli } from '../src/cli.ts';

const parse = (line: string) => parseCli(line.split(' ').filter(Boolean));

describe('parseCli', () => {
  test('has defaults for everything', async () => {
    expect(await parse('')).toEqual({
      kind: 'serve',
      options: {
        host: '127.0.0.1',
        port: 14_265,
        minWeightMagnitude: 5,
        milestoneMs: 2000,
        state: null,
      },
    });
  });

  test('takes every option', async () => {
    const line = '--host ::1 --port 0 --mwm 14 --milestone-ms 50 --state /tmp/state.jsonl';
    expect(await parse(line)).toEqual({
      kind: 'serve',
      options: {
        host: '::1',
        port: 0,
        minWeightMagnitude: 14,
        milestoneMs: 50,
        state: '/tmp/state.jsonl',
      },
    });
  });

  test('--help shows an example, and the exit codes', async () => {
    const request = await parse('--help');
    for (const text of ['--state tangle.jsonl', 'Exit codes: 0 stopped']) {
      expect(request).toMatchObject({ kind: 'text', text: expect.stringContaining(text) });
    }
  });

  test.each([
    ['--port 65536', '--port: expected one whole number of 0 to 65535, got "65536"'],
    ['--port -1', '--port: expected'],
    ['--port 1e3', '--port: expected'],
    ['--port=', '--port: expected'],
    ['--port 1 --port 2', '--port: expected one'],
    ['--mwm 0', '--mwm: expected one whole number of 1 to 14'],
    ['--mwm 15', '--mwm: expected'],
    ['--milestone-ms 49', '--milestone-ms: expected one whole number of 50'],
    ['--state=', '--state: expected one value'],
    ['--host=', '--host: expected one value'],
    ['--nonsense', 'Unknown argument: nonsense'],
    ['serve', 'Unknown argument: serve'],
  ])('%s is refused', async (line, message) => {
    const request = await parse(line);
    expect(request).toMatchObject({ kind: 'usage', message: expect.stringContaining(message) });
  });
});
