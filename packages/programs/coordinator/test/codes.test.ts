/** Files as QR codes: page, picture and frames, each read as a camera would, give the file's very bytes. */
import { API_ERRORS, type CodeFrames, type OperationId } from '@airlock/api';
import { openEnvelope, sealEnvelope, UrReceiver } from '@airlock/gap';
import { drawMatrix, readCode, urTypeOf } from '@airlock/light';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { GifReader } from 'omggif';
import { codesOf } from '../src/light/codes.ts';
import { requestVoid } from '../src/signing/voids.ts';
import { type Answer, type Api, checkError, serveApi } from './served.ts';
import { HonestSigner, identityOf } from './signer.ts';
import {
  createUser,
  pairedWorld,
  requestDeposit,
  type ServedNode,
  serveNode,
  type World,
} from './world.ts';

let served: ServedNode;
let world: World;
let api: Api;
let params: { readonly id: string };
beforeAll(async () => {
  served = await serveNode();
  world = await pairedWorld({ node: served.node, signer: new HonestSigner({ number: 170 }) }, 10);
  await createUser(world, 'alice');
  params = { id: await requestDeposit(world, served, { amount: 10n }) };
  await requestVoid(world.coordinator, params.id);
  api = await serveApi(world);
});
afterAll(async () => {
  await api.close();
  await served.close();
});

/** Codes of a file, and the file. */
const SHOWN = [
  ['getPairingCardQr', 'getPairingCard', 'pairing-card'],
  ['getSigningRequestQr', 'getSigningRequestFile', 'signing-request'],
  ['getVoidQr', 'getVoidFile', 'void-request'],
] as const;
type Shown = (typeof SHOWN)[number][0];

/** The message of these texts in this order, and how many it took. */
function messageOf(texts: Iterable<string>, type: string): { message: Uint8Array; taken: number } {
  const receiver = new UrReceiver(type);
  let taken = 0;
  for (const text of texts) {
    taken += 1;
    const message = receiver.take(text)?.message;
    if (message !== undefined) return { message, taken };
  }
  throw new TypeError(`no message in ${taken} codes`);
}

/** The text of a code that is given by its modules in base64. */
function textOf(modules: string, size: number): string {
  const bytes = Buffer.from(modules, 'base64');
  expect(bytes.length).toBe(Math.ceil((size * size) / 8));
  const isDark = (x: number, y: number): boolean => {
    const at = y * size + x;
    const isInside = x >= 0 && y >= 0 && x < size && y < size;
    return isInside && ((bytes[at >> 3]! >> (7 - (at & 7))) & 1) === 1;
  };
  return readCode(drawMatrix({ version: (size - 17) / 4, size, isDark }, 2)) ?? '';
}

interface PageData {
  readonly codesPerSecond: number;
  readonly size: number;
  readonly codes: readonly string[];
}

const utf8 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const framesOf = ({ body }: Answer): CodeFrames => body as CodeFrames;
const pageDataOf = ({ body }: Answer): PageData =>
  JSON.parse(/^const data = (\{.*\});/m.exec(utf8(body))?.[1] ?? '') as PageData;

/** Texts of a GIF file's pictures, as they are asked for: reading one takes its time. */
function* textsOfGif({ body }: Answer): Generator<string> {
  const reader = new GifReader(body);
  const { width, height } = reader;
  for (let at = 0; at < reader.numFrames(); at += 1) {
    const rgba = new Uint8Array(4 * width * height);
    reader.decodeAndBlitFrameRGBA(at, rgba);
    // A third of it, as a camera has it from further away: two pixels a module are read sooner.
    const side = width / 3;
    const pixels = Uint8Array.from({ length: side * side }, (_, pixel) => {
      const [x, y] = [3 * (pixel % side) + 1, 3 * Math.floor(pixel / side) + 1];
      return rgba[4 * (y * width + x)]!;
    });
    yield readCode({ width: side, height: side, pixels }) ?? '';
  }
}

function* textsOfPage(answer: Answer): Generator<string> {
  const { codes, size } = pageDataOf(answer);
  for (const code of codes) yield textOf(code, size);
}

const call = (operation: OperationId, query = ''): Promise<Answer> =>
  api.call(operation, { params, query });

describe.each(SHOWN)('%s', (operation, fileOperation, type) => {
  const urType = urTypeOf(type);
  let file: Uint8Array;
  beforeAll(async () => {
    file = (await call(fileOperation)).body as Uint8Array;
    expect(openEnvelope(file).type).toBe(type);
  });

  test('as frames: texts and modules of the file’s codes', async () => {
    const answer = await call(operation, '?format=frames&codeVersion=12');
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
    const { version, size, count, codesPerSecond, codes } = framesOf(answer);
    expect([version, size, codesPerSecond]).toEqual([12, 65, 6]);
    expect(codes).toHaveLength(count === 1 ? 1 : 4 * count);
    // From the last code on, over the end of the loop.
    const texts = codes.map(({ text }) => text);
    const { message, taken } = messageOf([...texts.slice(-1), ...texts], urType);
    expect(Buffer.compare(message, file)).toBe(0);
    expect(taken).toBe(count);
    for (const { text, modules } of codes.slice(0, 3)) expect(textOf(modules, size)).toBe(text);
  });

  test('as a page that plays them, which is what comes without a format', async () => {
    const answer = await call(operation, '?codeVersion=12');
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(utf8(answer.body)).toContain(`<title>Airlock ${type}</title>`);
    const { message } = messageOf(textsOfPage(answer), urType);
    expect(Buffer.compare(message, file)).toBe(0);
  });

  test('as an animated GIF', async () => {
    const answer = await call(operation, '?format=gif&codeVersion=12');
    expect(answer.headers.get('content-type')).toBe('image/gif');
    const reader = new GifReader(answer.body);
    expect(reader.loopCount()).toBe(0);
    // 65 modules and a quiet zone of four on each side, six pixels a module.
    expect([reader.width, reader.height]).toEqual([438, 438]);
    const { message, taken } = messageOf(textsOfGif(answer), urType);
    expect(Buffer.compare(message, file)).toBe(0);
    expect(reader.numFrames()).toBe(taken === 1 ? 1 : 4 * taken);
  });

  test('needs a key of an officer', async () => {
    for (const [role, status] of [
      [null, 401],
      ['exchange', 403],
      ['auditor', 403],
      ['officer', 200],
    ] as const) {
      const found = await api.call(operation, { params, role, query: '?codeVersion=27' });
      expect([role, found.status]).toEqual([role, status]);
    }
  });
});

describe('how they are shown', () => {
  test.each([2, 7, 12])('at %i codes a second', async (speed) => {
    const query = `?speed=${speed}&format=`;
    const page = pageDataOf(await call('getPairingCardQr', `${query}html`));
    expect(page.codesPerSecond).toBe(speed);
    const frames = framesOf(await call('getPairingCardQr', `${query}frames`));
    expect(frames.codesPerSecond).toBe(speed);
    const reader = new GifReader((await call('getPairingCardQr', `${query}gif`)).body);
    // Hundredths of a second.
    expect(reader.frameInfo(0).delay).toBe(Math.round(100 / speed));
  });

  test('in codes of the version asked for: fewer where they are larger', async () => {
    const counts: number[] = [];
    for (const version of [10, 13, 27]) {
      const query = `?format=frames&codeVersion=${version}`;
      const { size, count, ...rest } = framesOf(await call('getPairingCardQr', query));
      expect([rest.version, size]).toEqual([version, 17 + 4 * version]);
      counts.push(count);
    }
    expect(counts).toEqual([2, 1, 1]);
  });

  test('if no version is asked for, in 20, or less where one code is enough', async () => {
    const request = framesOf(await call('getSigningRequestQr', '?format=frames'));
    expect([request.version, request.count]).toEqual([20, 2]);
    const card = framesOf(await call('getPairingCardQr', '?format=frames'));
    expect(card.version).toBeLessThan(20);
    expect([card.count, card.codes.length]).toEqual([1, 1]);
  });

  test('in the order 1, 2, 3… for other readers, else in one that is chosen', async () => {
    const numbersOf = async (query: string): Promise<number[]> =>
      framesOf(await call('getPairingCardQr', `?format=frames&codeVersion=10${query}`)).codes.map(
        ({ text }) => Number(/\/(\d+)-/.exec(text)?.[1]),
      );
    expect(await numbersOf('&sequential=true')).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const chosen = await numbersOf('&sequential=false');
    expect(new Set(chosen).size).toBe(8);
    expect(chosen).not.toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await numbersOf('')).toEqual(chosen);
  });

  test.each([
    'speed=1',
    'speed=13',
    'speed=06',
    'speed=6.5',
    'speed=',
    'codeVersion=9',
    'codeVersion=28',
    'codeVersion=x',
    'sequential=yes',
    'sequential=1',
    'format=png',
    'format=HTML',
    'format=gif&format=gif',
    'scale=3',
  ])('?%s is refused', async (query) => {
    for (const [operation] of SHOWN) {
      const error = checkError(await call(operation, `?${query}`));
      expect(error.code).toBe('invalid_request');
      expect(error.fields.map(({ path }) => path)).toEqual([query.split('=')[0]]);
    }
  });

  test('others are answered while they are made', async () => {
    const order: string[] = [];
    const codes = call('getPairingCardQr', '?format=frames&codeVersion=10').then(() =>
      order.push('codes'),
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    await call('getHealth').then(() => order.push('health'));
    await codes;
    expect(order).toEqual(['health', 'codes']);
  });
});

describe('what cannot be shown', () => {
  /** A message of a request's type whose file has about so many bytes. */
  const messageOfBytes = (bytes: number): Uint8Array =>
    sealEnvelope('signing-request', new Uint8Array(bytes), [identityOf(1)]);

  test.each([
    ['over a minute long at this size and speed', 25_000, { codeVersion: 10, speed: 2 }],
    ['over a minute long in codes as they are chosen', 240_000, {}],
    ['of more codes than a transfer may have', 120_000, { codeVersion: 10, speed: 12 }],
    ['over 256 KiB', 270_000, {}],
  ])('a file %s is too_long_for_codes', async (_name, bytes, query) => {
    const refusal = codesOf(messageOfBytes(bytes), query);
    await expect(refusal).rejects.toMatchObject({
      code: 'too_long_for_codes',
      next: 'carry the file, or ask for fewer sweeps (maxSweeps, maxInputs)',
    });
  });

  test('it says how many codes and seconds it would take', async () => {
    const refusal = codesOf(messageOfBytes(25_000), { codeVersion: 10, speed: 2 });
    expect(API_ERRORS.too_long_for_codes.status).toBe(422);
    await expect(refusal).rejects.toThrow(/^its 1\d\d codes take [6-9]\d seconds, over 60$/);
  });

  test('an unknown request, or a void that nobody asked for, has no codes', async () => {
    const unknown = { id: `sr_${'0'.repeat(32)}` };
    const codeAt = async (operation: Shown, id: string): Promise<string> =>
      checkError(await api.call(operation, { params: { id } })).code;
    expect(await codeAt('getSigningRequestQr', unknown.id)).toBe('request_unknown');
    expect(await codeAt('getVoidQr', unknown.id)).toBe('request_unknown');
    expect(await codeAt('getVoidQr', 'sr_1')).toBe('invalid_request');
    const other = await requestDeposit(world, served, { amount: 11n });
    expect(await codeAt('getVoidQr', other)).toBe('not_found');
  });
});
