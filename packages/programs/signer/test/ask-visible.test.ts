/** The prompt whose answer is echoed: what is printed next begins a line of its own. */
import { PassThrough } from 'node:stream';
import { expect, test } from '@jest/globals';
import { askVisible } from '../src/terminal.ts';

/** Asks on a terminal that types these keys; the answer, and how what was printed ends. */
async function ask(keys: string): Promise<{ answer: string | null; end: string }> {
  const input = new PassThrough();
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const asked = askVisible(input, 'Type words 5 to 8: ', output);
  input.write(keys);
  const answer = await asked;
  return { answer, end: String(output.read()).slice(-1) };
}

test('a line is the answer', async () => {
  expect(await ask('tuna luck\r')).toEqual({ answer: 'tuna luck', end: '\n' });
});

test.each([
  ['Ctrl-C', '\u0003'],
  ['Ctrl-C within a word', 'tuna\u0003'],
  ['Ctrl-D', '\u0004'],
])('%s is none, and ends the line', async (_, keys) => {
  expect(await ask(keys)).toEqual({ answer: null, end: '\n' });
});
