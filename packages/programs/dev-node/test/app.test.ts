/** IRI's HTTP forms: header, errors, durations; never a stack trace. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { BODY_BYTES_MAX } from '../src/limits.ts';
import { createNode, type Served, serve } from './harness.ts';

const VERSION = { 'X-IOTA-API-Version': '1' };

describe('createApp', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve(createNode());
  });
  afterAll(() => served.close());

  async function post(
    body: string,
    headers: Record<string, string> = VERSION,
  ): Promise<{ status: number; json: Record<string, unknown> }> {
    const response = await fetch(served.url, { method: 'POST', headers, body });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  }

  test('answers a command with its duration, whatever the content type', async () => {
    const { status, json } = await post('{"command":"getNodeInfo"}');
    expect(status).toBe(200);
    expect(json).toMatchObject({ appName: 'Airlock dev node', latestMilestoneIndex: 1 });
    expect(json.duration).toEqual(expect.any(Number));
  });

  test.each([
    ['no version header', '{"command":"getNodeInfo"}', {}, 'Invalid API Version'],
    ['malformed JSON', '{"command":', VERSION, `Invalid request payload: '{"command":'`],
    ['no body', '', VERSION, "Invalid request payload: ''"],
    ['a list', '[]', VERSION, 'Invalid request payload: expected an object'],
    ['null', 'null', VERSION, 'Invalid request payload: expected an object'],
    ['no command', '{}', VERSION, 'COMMAND parameter has not been specified in the request.'],
    ['unknown command', '{"command":"x"}', VERSION, 'Command [x] is unknown'],
    ['inherited name', '{"command":"toString"}', VERSION, 'Command [toString] is unknown'],
    ['missing parameter', '{"command":"getTrytes"}', VERSION, 'Invalid parameters'],
    [
      'unknown encoding',
      '{}',
      { ...VERSION, 'Content-Encoding': 'nonsense' },
      'Invalid request payload',
    ],
    [
      'unknown charset',
      '{}',
      { ...VERSION, 'Content-Type': 'text/plain; charset=nonsense' },
      'Invalid request payload',
    ],
  ])('%s: 400 with IRI’s error', async (...[, body, headers, error]) => {
    const { status, json } = await post(body, headers);
    expect(status).toBe(400);
    expect(json).toMatchObject({ error, duration: expect.any(Number) });
    expect(JSON.stringify(json)).not.toMatch(/at .*\.ts:/);
  });

  test('a body at the limit is read, one byte more is too long', async () => {
    const body = '{"command":"x"}';
    const limit = await post(body.padEnd(BODY_BYTES_MAX, ' '));
    expect(limit.json.error).toBe('Command [x] is unknown');
    const over = await post(body.padEnd(BODY_BYTES_MAX + 1, ' '));
    expect([over.status, over.json.error]).toEqual([400, 'Request too long']);
  });

  test('a browser’s preflight is answered as IRI does', async () => {
    const response = await fetch(served.url, { method: 'OPTIONS' });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-headers')).toContain('X-IOTA-API-Version');
  });

  test('a fault of the node’s own is a 500 without details', async () => {
    const node = createNode();
    const broken = await serve({
      ...node,
      handle: () => Promise.reject(new TypeError('secret')),
    });
    const response = await fetch(broken.url, { method: 'POST', headers: VERSION, body: '{}' });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      exception: 'Internal server error',
      duration: expect.any(Number),
    });
    await broken.close();
  });
});
