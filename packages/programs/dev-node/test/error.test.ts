/** Codes: all documented, all with a message and a cause where there is one. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { DEV_NODE_ERROR_CODES, DevNodeError } from '../src/error.ts';

describe('DevNodeError', () => {
  test('keeps code, info and cause', () => {
    const cause = new TypeError('x');
    const error = new DevNodeError('command_unknown', 'message', { info: 'info', cause });
    expect(error).toMatchObject({ code: 'command_unknown', info: 'info', cause });
  });

  test('its codes are those of the README, in the same order', () => {
    const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
    const section = readme.slice(readme.indexOf('## Error codes'));
    const documented = [...section.matchAll(/^\| `([a-z_]+)` \|/gm)].map((match) => match[1]);
    expect(documented).toEqual([...DEV_NODE_ERROR_CODES]);
  });
});
