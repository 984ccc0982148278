/**
 * A guide as the terminal sees it: the commands that it has the reader type, the files that it has him
 * write, and the output that it shows. docs/quick-start.md says at its top how they are written.
 */

/** A fenced block. */
interface Block {
  readonly language: string;
  /** Line of the guide that holds its first line, from 1 on. */
  readonly line: number;
  readonly lines: readonly string[];
}

/** What a guide shows as the output of a command. */
export interface Shown {
  readonly line: number;
  readonly isJson: boolean;
  readonly lines: readonly string[];
}

export interface CommandStep {
  readonly kind: 'command';
  readonly line: number;
  readonly text: string;
  /** Null where the guide shows nothing: then the command has to succeed. */
  readonly shown: Shown | null;
}

export interface FileStep {
  readonly kind: 'file';
  readonly line: number;
  readonly name: string;
  readonly text: string;
}

export type Step = CommandStep | FileStep;

export interface Section {
  readonly title: string;
  readonly steps: readonly Step[];
}

/** A guide that cannot be followed by its own rules. */
export class GuideFault extends Error {
  override readonly name = 'GuideFault';
}

const FENCE = /^( *)```([a-z]*)$/;
const FILE_NAME = /^\/\/ ([a-z][a-z-]*\.ts)$/;

/** One section's heading and blocks. */
interface Chapter {
  readonly title: string;
  readonly blocks: Block[];
}

function chaptersOf(text: string): Chapter[] {
  const chapters: Chapter[] = [{ title: '', blocks: [] }];
  let open: { indent: string; language: string; line: number; lines: string[] } | null = null;
  for (const [at, line] of text.split('\n').entries()) {
    const [, indent = '', language] = FENCE.exec(line) ?? [];
    if (open !== null && language === '' && indent === open.indent) {
      chapters.at(-1)?.blocks.push(open);
      open = null;
    } else if (open !== null) open.lines.push(line.slice(open.indent.length));
    else if (language !== undefined) open = { indent, language, line: at + 2, lines: [] };
    else if (line.startsWith('## ')) chapters.push({ title: line.slice(3), blocks: [] });
  }
  if (open !== null) throw new GuideFault(`line ${open.line}: the block has no end`);
  return chapters;
}

function fileOf({ line, lines }: Block): FileStep {
  const [, name] = FILE_NAME.exec(lines[0] ?? '') ?? [];
  if (name === undefined) throw new GuideFault(`line ${line}: the first line names no file`);
  return { kind: 'file', line, name, text: `${lines.join('\n')}\n` };
}

function stepsOf(blocks: readonly Block[]): Step[] {
  return blocks.flatMap((block, place): Step[] => {
    const { language, line, lines } = block;
    if (language === 'ts') return [fileOf(block)];
    if (language !== 'sh') return [];
    const next = blocks[place + 1];
    const isShown = next?.language === 'json' || next?.language === 'text';
    const shown = isShown
      ? { line: next.line, isJson: next.language === 'json', lines: next.lines }
      : null;
    return [{ kind: 'command', line, text: lines.join('\n'), shown }];
  });
}

/**
 * The sections of a guide in Markdown: `sh` blocks are commands, `ts` blocks are files that their first line
 * names, and a `json` or `text` block that is the next one after a command is its output.
 * @throws GuideFault
 */
export function parseGuide(text: string): Section[] {
  return chaptersOf(text).map(({ title, blocks }) => ({ title, steps: stepsOf(blocks) }));
}
