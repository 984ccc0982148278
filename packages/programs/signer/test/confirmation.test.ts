/** Typed confirmations: the other side's words, and the last groups of addresses. */
import { wordsOf } from '@airlock/gap';
import { checksumOf } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import { confirmAddresses, confirmWords } from '../src/confirmation.ts';
import type { Environment } from '../src/environment.ts';
import { SignerError } from '../src/error.ts';
import { addressOf, SILENT } from './world.ts';

const A = addressOf('A');
const B = addressOf('B');
const [a, b] = [checksumOf(A), checksumOf(B)];

/** How a confirmation ends, and what was asked. */
async function outcome(
  answers: (string | null)[],
  act: (environment: Environment) => Promise<void>,
): Promise<{ code: string; questions: string[] }> {
  const questions: string[] = [];
  const ask = async (question: string): Promise<string | null> => {
    questions.push(question);
    return answers.shift() ?? null;
  };
  const environment = { terminal: { ...SILENT, ask } } as unknown as Environment;
  try {
    await act(environment);
    return { code: 'confirmed', questions };
  } catch (cause) {
    if (!(cause instanceof SignerError)) throw cause;
    return { code: cause.code, questions };
  }
}

const addresses = (answers: (string | null)[], list = [A, B]) =>
  outcome(answers, (environment) =>
    confirmAddresses(environment, { addresses: list, network: 'mainnet', given: undefined }),
  );

describe('the last groups of addresses', () => {
  test('are asked for one after another, in whatever case and spacing', async () => {
    const typed = await addresses([a.toLowerCase(), ` ${b.slice(0, 4)} ${b.slice(4)} `]);
    expect(typed.code).toBe('confirmed');
    expect(typed.questions.map((each) => /address \d/.exec(each)?.[0])).toEqual([
      'address 1',
      'address 2',
    ]);
    expect(typed.questions.join('')).not.toMatch(new RegExp(`${a}|${b}`));
  });

  test.each([
    ['that of another address', [b], 'confirmation_wrong'],
    ['nothing', [''], 'confirmation_wrong'],
    ['the whole address', [A + a], 'confirmation_wrong'],
    ['the first alone', [a, null], 'confirmation_required'],
  ])('end with %s', async (_, answers, code) => {
    expect((await addresses(answers)).code).toBe(code);
  });
});

test('the last four words of eight are typed, with or without the first ones', async () => {
  const digest = '01'.repeat(32);
  const words = wordsOf(digest);
  const confirm = (typed: string): Promise<{ code: string }> =>
    outcome([typed], (environment) =>
      confirmWords(environment, { digest, network: 'mainnet', given: undefined }),
    );
  expect((await confirm(words.slice(4).join('-').toUpperCase())).code).toBe('confirmed');
  expect((await confirm(words.join(' '))).code).toBe('confirmed');
  expect((await confirm(words.slice(0, 3).join(' '))).code).toBe('confirmation_wrong');
});
