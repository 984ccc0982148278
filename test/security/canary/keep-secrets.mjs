/**
 * The control: keeps a file's bytes in every form that the search has to find, and puts them everywhere
 * else that it has to look.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const [, , file = '', wordFile = '', stick = ''] = process.argv;
const bytes = readFileSync(file);
const ALPHABET = '9ABCDEFGHIJKLMNOPQRSTUVWXYZ';

const trytes = [...bytes].map((byte) => `${ALPHABET[byte % 27]}${ALPHABET[Math.floor(byte / 27)]}`);
const wide = Buffer.from(`${bytes.toString('latin1')}\u20ac`, 'utf16le').toString('utf16le');
globalThis.kept = [
  bytes,
  bytes.toString('hex'),
  bytes.toString('hex').toUpperCase(),
  bytes.toString('base64'),
  trytes.join(''),
  readFileSync(wordFile, 'latin1'),
  wide,
];
process.stdout.write(`${bytes.toString('hex')}\n`);
writeFileSync(`${stick}/leak`, bytes);
