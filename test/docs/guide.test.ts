/** What is a command, a file and an output in a guide, and that the guides of docs/ can be followed. */
import { describe, expect, test } from '@jest/globals';
import { readText } from '../repo/workspace.ts';
import { GuideFault, parseGuide } from './guide.ts';

const guide = (...lines: string[]): string => lines.join('\n');

describe('a guide', () => {
  test('has the output of a command in the next block, if that shows one', () => {
    const text = guide(
      '# Guide',
      '## 1. First',
      '```sh',
      'A=1',
      'echo $A',
      '```',
      'Prose.',
      '```text',
      '1',
      '```',
      '```text',
      'a listing',
      '```',
      '## 2. Second',
      '```sh',
      'true',
      '```',
      '```sh',
      'curl x',
      '```',
      '```json',
      '{}',
      '```',
    );
    const [, first, second] = parseGuide(text);
    expect(first).toEqual({
      title: '1. First',
      steps: [
        {
          kind: 'command',
          line: 4,
          text: 'A=1\necho $A',
          shown: { line: 9, isJson: false, lines: ['1'] },
        },
      ],
    });
    expect(second?.steps).toMatchObject([
      { text: 'true', shown: null },
      { text: 'curl x', shown: { isJson: true, lines: ['{}'] } },
    ]);
  });

  test('has files, which are no output of the command before', () => {
    const text = guide('```sh', 'true', '```', '```ts', '// a-b.ts', 'x;', '```', '```text', '```');
    expect(parseGuide(text)[0]?.steps).toEqual([
      { kind: 'command', line: 2, text: 'true', shown: null },
      { kind: 'file', line: 5, name: 'a-b.ts', text: '// a-b.ts\nx;\n' },
    ]);
  });

  test('has blocks in lists, without their indent', () => {
    const text = guide('* item', '  ```sh', '  if true', '    x', '  ```');
    expect(parseGuide(text)[0]?.steps).toMatchObject([{ text: 'if true\n  x' }]);
  });

  test('is refused if a block has no end or a file no name', () => {
    expect(() => parseGuide(guide('```sh', 'true'))).toThrow(GuideFault);
    expect(() => parseGuide(guide('```ts', 'const a = 1;', '```'))).toThrow('names no file');
    expect(() => parseGuide(guide('```ts', '// ../a.ts', '```'))).toThrow('names no file');
  });
});

test.each([
  'docs/quick-start.md',
  'docs/integrate-balances-here.md',
  'docs/integrate-balances-outside.md',
])('%s has commands, most with the output that they print', (path) => {
  const commands = parseGuide(readText(path))
    .flatMap(({ steps }) => steps)
    .filter((step) => step.kind === 'command');
  expect(commands.length).toBeGreaterThan(10);
  const shown = commands.filter((step) => step.shown !== null);
  expect(shown.length).toBeGreaterThan(commands.length / 2);
});
