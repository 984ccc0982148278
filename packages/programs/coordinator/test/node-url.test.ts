/** What is told of a node's URL, and what is not. */
import { describe, expect, test } from '@jest/globals';
import { parseNodeUrl } from '../src/nodes/node-url.ts';

test.each([
  ['http://127.0.0.1:14265', 'http://127.0.0.1:14265', 'http://127.0.0.1:14265/'],
  ['https://node.example:443', 'https://node.example', 'https://node.example/'],
  ['http://[::1]:14265', 'http://[::1]:14265', 'http://[::1]:14265/'],
])('%s is named %s', (text, name, endpoint) => {
  const bare = { credentials: null, isConfidential: false };
  expect(parseNodeUrl(text)).toEqual({ name, endpoint, ...bare });
});

test('path and query go to the node and into no name', () => {
  const { name, endpoint, isConfidential } = parseNodeUrl(
    'http://node.example/key/s3cret?t=hidden',
  );
  expect({ name, isConfidential }).toEqual({ name: 'http://node.example', isConfidential: true });
  expect(endpoint).toBe('http://node.example/key/s3cret?t=hidden');
});

test('name and password are taken out of the URL, decoded', () => {
  const parsed = parseNodeUrl('https://us%40er:s3cr%2Fet@node.example');
  expect(parsed.credentials).toEqual({ user: 'us@er', password: 's3cr/et' });
  expect([parsed.name, parsed.endpoint]).toEqual(['https://node.example', 'https://node.example/']);
  expect(parsed.isConfidential).toBe(true);
});

describe('an error repeats nothing of it', () => {
  test.each([
    ['s3cret'],
    ['ftp://user:s3cret@node.example'],
    ['http://user:s3cret@node.example'],
    ['https://:s3cret@node.example'],
    ['https://s3cret@node.example'],
    ['https://user:s3cret%zz@node.example'],
    ['http://s3cret.exam ple'],
    [`http://${'s3cret'.repeat(400)}`],
    [`http://${'s3cret'.repeat(50)}`],
  ])('%s', (text) => {
    expect(() => parseNodeUrl(text)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    expect(() => parseNodeUrl(text)).not.toThrow(/s3cret/);
  });
});
