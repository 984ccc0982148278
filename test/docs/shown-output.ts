/**
 * Whether a command has printed what a guide shows. What differs from run to run is compared by its form,
 * and by being the same value wherever the guide writes it alike.
 */
import { BYTEWORDS } from '../../packages/formats/gap/src/bytewords.ts';
import type { Shown } from './guide.ts';

/** What the guide writes for values of the run that it follows, and what they are in this run. */
export type Values = ReadonlyMap<string, string>;

/** The first line that is not as shown. */
export interface Difference {
  /** Of the guide, from 1 on. */
  readonly line: number;
  readonly expected: string;
  readonly got: string;
}

export type Comparison =
  | { readonly difference: null; readonly values: Values }
  | { readonly difference: Difference };

/** A line that stands for any number of lines. */
const ANY_LINES = '…';

/** The 256 words by which officers compare digests. */
const WORDS = new Set(BYTEWORDS);
const WORD_LIST = /\b[A-Za-z]{4}(?:(?: |",")[A-Za-z]{4}){3,}\b/;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b/;
const TIME = /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{3})?(?:Z| UTC)/;
/** `dep_f3bef24d…`, `RMCZMOF9…DAJYA`, `8e0c36de-…`: and `…` alone. */
const ABBREVIATED = /[\w+/-]*…[\w+/=-]*/;
const VARYING = new RegExp(
  [WORD_LIST, UUID, TIME, ABBREVIATED].map(({ source }) => `(${source})`).join('|'),
  'g',
);

/** What a part of a shown line may be in another run. */
interface Form {
  readonly pattern: string;
  /** What it goes by on the page; null if it is nothing that comes again. */
  readonly name: string | null;
}

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** How many characters of an abbreviated value tell it from others on the page. */
const TELLING = 4;

/** API keys and secrets of webhooks. */
const SECRET = /^(airlock|whsec)_$/;

function alphabetOf(prefix: string, characters: string): string {
  if (SECRET.test(prefix)) return '[A-Za-z0-9+/=_-]';
  if (/^[A-Z9]+$/.test(characters)) return '[A-Z9]';
  return /^[0-9a-f-]+$/.test(characters) ? '[0-9a-f-]' : '[A-Za-z0-9+/=_-]';
}

/** Its prefix up to `_` is as shown; the rest is as long at least, of the same characters. */
function formOfAbbreviated(text: string): Form {
  const [, prefix = '', head = '', tail = ''] =
    /^((?:[a-z]+_(?:\d+_)?)?)(.*)…(.*)$/.exec(text) ?? [];
  if (head === '' && prefix === '') return { pattern: `.+?${literally(tail)}`, name: null };
  const characters = head + tail;
  const alphabet = alphabetOf(prefix, characters);
  // The signer's screen abbreviates, too.
  const pattern = `${prefix}${alphabet}{${Math.max(characters.length, TELLING)},}…?`;
  return { pattern, name: prefix + head.slice(0, TELLING) };
}

function formOf([text, words, uuid, time]: RegExpExecArray): Form {
  if (words !== undefined) {
    const list = words.split(/ |","/);
    if (!list.every((word) => WORDS.has(word.toLowerCase()))) {
      return { pattern: literally(text), name: null };
    }
    const pattern = words.replaceAll(/[a-z]{4}/g, '[a-z]{4}').replaceAll(/[A-Z]{4}/g, '[A-Z]{4}');
    return { pattern, name: list.slice(0, TELLING).join(' ').toLowerCase() };
  }
  if (uuid !== undefined) return { pattern: UUID.source, name: uuid.slice(0, TELLING) };
  if (time !== undefined) {
    const pattern = time.replaceAll(/\d/g, '\\d').replaceAll('.', '\\.');
    return { pattern, name: null };
  }
  return formOfAbbreviated(text);
}

/** A shown line as a pattern whose groups are its varying parts, with the names of those. */
function patternOf(line: string): { readonly pattern: RegExp; readonly names: (string | null)[] } {
  const names: (string | null)[] = [];
  let pattern = '';
  let at = 0;
  for (const match of line.matchAll(VARYING)) {
    const form = formOf(match);
    names.push(form.name);
    pattern += `${literally(line.slice(at, match.index))}(${form.pattern})`;
    at = match.index + match[0].length;
  }
  return { pattern: new RegExp(`^${pattern}${literally(line.slice(at))}$`), names };
}

/** Abbreviations of one value: the longer one goes on from the shorter one. */
const isSame = (a: string, b: string): boolean => a.startsWith(b) || b.startsWith(a);

/** With one more value, or null if it contradicts what the page has shown before. */
function withValue(values: Values, name: string, text: string): Values | null {
  const value = text.replace(/…$/, '').replaceAll('","', ' ').toLowerCase();
  const known = values.get(name);
  if (known !== undefined) {
    if (!isSame(known, value)) return null;
    return value.length > known.length ? new Map([...values, [name, value]]) : values;
  }
  const isTaken = [...values.values()].some((other) => isSame(other, value));
  return isTaken ? null : new Map([...values, [name, value]]);
}

/** The values after a line that is as shown, else null. */
function valuesOfLine(shown: string, got: string, values: Values): Values | null {
  const { pattern, names } = patternOf(shown);
  const [, ...parts] = pattern.exec(got) ?? [];
  if (parts.length !== names.length || !pattern.test(got)) return null;
  let after: Values | null = values;
  for (const [place, name] of names.entries()) {
    if (name !== null && after !== null) after = withValue(after, name, parts[place] ?? '');
  }
  return after;
}

interface Numbered {
  readonly text: string;
  readonly line: number;
}

/** Compares lines one by one from a place of the output on. */
function compareLines(
  shown: readonly Numbered[],
  got: readonly string[],
  values: Values,
): Comparison {
  let known = values;
  for (const [place, { text, line }] of shown.entries()) {
    const printed = got[place];
    const after = printed === undefined ? null : valuesOfLine(text, printed, known);
    if (after === null) {
      return { difference: { line, expected: text, got: printed ?? '(nothing)' } };
    }
    known = after;
  }
  return { difference: null, values: known };
}

/** The parts of a shown output between the lines that stand for any number of lines. */
function partsOf({ line, lines }: Shown): Numbered[][] {
  const parts: Numbered[][] = [[]];
  for (const [place, text] of lines.entries()) {
    if (text.trim() === ANY_LINES) parts.push([]);
    else parts.at(-1)?.push({ text: text.trimEnd(), line: line + place });
  }
  return parts;
}

/** The lines of an output; replies that follow one another on a line come one a line. */
function linesOf(output: string, isJson: boolean): string[] {
  const text = isJson ? output.replaceAll('}{', '}\n{') : output;
  const lines = text.split('\n').map((line) => line.trimEnd());
  while (lines[0] === '') lines.shift();
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

const goesFurther = ({ difference: a }: Comparison, { difference: b }: Comparison): boolean =>
  (a?.line ?? Number.POSITIVE_INFINITY) > (b?.line ?? Number.POSITIVE_INFINITY);

/**
 * Compares an output with what the guide shows, line by line.
 * @param values those that the page has shown before
 */
export function compareOutput(shown: Shown, output: string, values: Values): Comparison {
  const got = linesOf(output, shown.isJson);
  const parts = partsOf(shown);
  let at = 0;
  let known = values;
  for (const [place, part] of parts.entries()) {
    const isLast = place === parts.length - 1;
    // The first part begins the output, the last one ends it, those between are looked for.
    const end = Math.max(at, got.length - part.length);
    let first = place > 0 && isLast ? end : at;
    let comparison = compareLines(part, got.slice(first), known);
    let best = comparison;
    while (place > 0 && !isLast && comparison.difference !== null && first < end) {
      first += 1;
      comparison = compareLines(part, got.slice(first), known);
      best = goesFurther(comparison, best) ? comparison : best;
    }
    if (comparison.difference !== null) return best;
    known = comparison.values;
    at = first + part.length;
  }
  const more = got[at];
  if (more === undefined) return { difference: null, values: known };
  const line = shown.line + shown.lines.length;
  return { difference: { line, expected: '(nothing more)', got: more } };
}
