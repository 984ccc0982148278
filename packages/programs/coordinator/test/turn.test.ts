/** Work takes turns, and one that fails does not stop the next. */
import { expect, test } from '@jest/globals';
import { Turn } from '../src/turn.ts';

test('work runs one after another in the order of asking, each with its own result', async () => {
  const turn = new Turn();
  const steps: string[] = [];
  const work = (name: string) => async (): Promise<string> => {
    steps.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    steps.push(`${name} ends`);
    if (name === 'b') throw new RangeError(name);
    return name;
  };
  const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => turn.run(work(name))));
  expect(steps).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  expect(results).toMatchObject([{ value: 'a' }, { reason: { message: 'b' } }, { value: 'c' }]);
});
