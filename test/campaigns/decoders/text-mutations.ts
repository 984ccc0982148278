/** Mutations of text formats: characters of the text's own alphabet, and JSON tokens for others. */
import { pick, type Random } from './random.ts';

type Mutation = (text: string, donor: string, random: Random) => string;

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false|null|[[\]{},:]/g;
const STRANGE = [
  'null',
  'true',
  '0',
  '-1',
  '1.5',
  '1e3',
  '9007199254740993',
  '""',
  '"-0"',
  '"01"',
  '"1e9"',
  '"99999999999999999999"',
  '"\\u0000"',
  '"\\ud800"',
  '[]',
  '{}',
  '{"__proto__":1}',
  `${'['.repeat(500)}${']'.repeat(500)}`,
];

/** One to four characters replaced by others of the text: lengths and alphabet stay. */
function exchangeCharacters(text: string, _donor: string, random: Random): string {
  const characters = [...text];
  for (let left = 1 + random(4); left > 0; left -= 1) {
    characters[random(characters.length)] = pick(random, characters);
  }
  return characters.join('');
}

/** One token replaced by one of another text or by one that rarely belongs there. */
function replaceToken(text: string, donor: string, random: Random): string {
  const tokens = [...text.matchAll(TOKEN)];
  if (tokens.length === 0) return exchangeCharacters(text, donor, random);
  const { 0: token, index } = pick(random, tokens);
  const others = donor.match(TOKEN) ?? [];
  const other =
    random(2) === 0 || others.length === 0 ? pick(random, STRANGE) : pick(random, others);
  return text.slice(0, index) + other + text.slice(index + token.length);
}

export const TEXT_MUTATIONS: readonly Mutation[] = [exchangeCharacters, replaceToken];
