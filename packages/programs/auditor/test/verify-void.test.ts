/** Voids: honest ones give no finding, and each planted fault gives its code. */
import type { RecordEvent, VoidReceipt } from '@airlock/gap';
import { bundleHash } from '@airlock/protocol';
import { describe, expect, test } from '@jest/globals';
import {
  auditOf,
  cards,
  coordinator,
  coordinatorCard,
  type Files,
  finalized,
  findingsOf,
  inputSlots,
  keysOf,
  OTHER_KEYRING,
  paymentSlot,
  type ReceiptOptions,
  receiptOf,
  requestOf,
  respond,
  signer,
  stranger,
  sweep,
  TestRecord,
  voidRequestOf,
} from './world.ts';

const [a, b, c] = await keysOf(1, 2, 3);
const keys = [a, b, c];
const outside = 'OUTSIDE'.padEnd(81, '9');
const OFFICER: RecordEvent = {
  kind: 'paired',
  role: 'officer',
  publicKey: new Uint8Array(32).fill(8),
};

/** A request and its void, receipted; nothing is wrong with it. */
function voidedSet(options: Partial<ReceiptOptions> = {}): Files & { receipt: Uint8Array } {
  const record = options.record ?? new TestRecord().open();
  const request = requestOf([sweep(a, b)], { expectedHead: record.head });
  const voidRequest = voidRequestOf(request);
  const receipt = receiptOf(voidRequest, { record, ...options });
  return { ...cards, request, voidRequest, receipt };
}

describe('honest voids', () => {
  test('of a request whose bundle is then asked and signed again, and of one never signed', () => {
    const record = new TestRecord().open();
    const first = requestOf([sweep(a, b)], { expectedHead: record.head });
    const voidFirst = voidRequestOf(first);
    const receipt = receiptOf(voidFirst, { record });
    const again = requestOf([sweep(a, b)], { sequence: 2, expectedHead: record.head });
    const response = respond(again, keys, { record });
    const late = requestOf([sweep(b, c)], { sequence: 3, expectedHead: record.head });
    const voidLate = voidRequestOf(late);
    const lateReceipt = receiptOf(voidLate, { record });
    const files = { ...cards, first, voidFirst, receipt, again, response, late, voidLate };
    const result = auditOf({ ...files, lateReceipt, record: record.exported() });
    expect(result.findings).toEqual([]);
    expect(result.totals).toMatchObject({ voids: 2, keysSigned: 1, entries: 6 });
    const holds = (path: string): string => result.files.find((file) => file.path === path)!.holds;
    expect(holds('voidFirst')).toBe(`asks to void request 1, sr_${'1'.padStart(32, '0')}`);
    expect(holds('receipt')).toMatch(/is void and frees nothing, 1 entries$/);
    expect(holds('record')).toMatch(/1 signed requests, 2 void$/);
  });

  test('of a sequence below one that was signed in the meantime', () => {
    const record = new TestRecord().open();
    const first = requestOf([sweep(a, b)], { expectedHead: record.head });
    const second = requestOf([sweep(b, c)], { sequence: 2, expectedHead: record.head });
    const response = respond(second, keys, { record });
    const voidFirst = voidRequestOf(first);
    const files = { ...cards, second, response, voidFirst };
    const receipt = receiptOf(voidFirst, { record });
    expect(findingsOf({ ...files, receipt, record: record.exported() })).toEqual([]);
  });

  test('that free: the key and the payment may be asked for in another bundle', () => {
    const pay = (amount: bigint): ReturnType<typeof finalized> =>
      finalized([...inputSlots(a, amount), paymentSlot(outside, amount, 7)]);
    const of = (frees: boolean): string[] => {
      const record = new TestRecord().open();
      record.append(OFFICER);
      const first = requestOf([pay(9n)], { expectedHead: record.head });
      const voidFirst = voidRequestOf(first);
      const receipt = receiptOf(voidFirst, { record, frees });
      const second = requestOf([pay(10n)], { sequence: 2, expectedHead: record.head });
      const response = respond(second, keys, { record });
      const files = { ...cards, first, voidFirst, receipt, second, response };
      return findingsOf({ ...files, record: record.exported() });
    };
    expect(of(true)).toEqual([]);
    expect(of(false)).toEqual([
      'key_requested_twice response first',
      'withdrawal_requested_twice response first',
    ]);
  });

  test('without the request, or without the void request, have a note and no finding', () => {
    const { request, voidRequest, receipt } = voidedSet();
    const notesOf = (files: Files, path: string): readonly string[] => {
      const result = auditOf({ ...cards, ...files });
      expect(result.findings).toEqual([]);
      return result.files.find((file) => file.path === path)!.notes;
    };
    expect(notesOf({ voidRequest: voidRequest! }, 'voidRequest')).toEqual([
      'the request that it voids is not given',
    ]);
    expect(notesOf({ request: request!, receipt }, 'receipt')).toEqual([
      'the void request that it answers is not given',
    ]);
  });
});

describe('what is void is not signed', () => {
  /** The request is void and is signed all the same, first or afterwards. */
  const both = (isSignedFirst: boolean): Files => {
    const record = new TestRecord().open();
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    const sign = (): Uint8Array => respond(request, keys, { record });
    const early = isSignedFirst ? sign() : null;
    const receipt = receiptOf(voidRequestOf(request), { record });
    return { ...cards, request, receipt, response: early ?? sign(), record: record.exported() };
  };

  test('voided_signed: signed after its void, or void after it was signed', () => {
    const { record: _, ...files } = both(false);
    expect(findingsOf(files)).toEqual(['voided_signed receipt response']);
    expect(findingsOf(both(false))).toEqual(['voided_signed receipt response']);
    expect(findingsOf(both(true))).toEqual(['voided_signed receipt response']);
    const { response: __, ...unanswered } = both(false);
    expect(findingsOf(unanswered)).toEqual(['voided_signed receipt record']);
    const { receipt: ___, ...recorded } = unanswered;
    expect(findingsOf(recorded)).toEqual(['voided_signed record record']);
  });

  test('voided_signed: by the response of a copy that never heard of the void', () => {
    const record = new TestRecord().open();
    const copy = record.copied();
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    const receipt = receiptOf(voidRequestOf(request), { record });
    const response = respond(request, keys, { record: copy });
    expect(findingsOf({ ...cards, request, receipt, response })).toEqual([
      'record_fork response receipt',
      'voided_signed receipt response',
    ]);
  });

  test('voided_signed: another request with the sequence of the void one', () => {
    const record = new TestRecord().open();
    const first = requestOf([sweep(a, b)], { expectedHead: record.head });
    const receipt = receiptOf(voidRequestOf(first), { record });
    const second = requestOf([sweep(a, b)], { expectedHead: record.head });
    const response = respond(second, keys, { record });
    expect(findingsOf({ ...cards, second, response, receipt })).toEqual([
      'sequence_two_digests second receipt',
      'voided_signed receipt response',
    ]);
  });

  test('voided_signed: by the digest alone, where the void names another sequence', () => {
    const record = new TestRecord().open();
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    const receipt = receiptOf(voidRequestOf(request, { sequence: 9 }), { record });
    const response = respond(request, keys, { record });
    expect(findingsOf({ ...cards, request, receipt, response })).toEqual([
      'void_mismatch receipt request',
      'voided_signed receipt response',
    ]);
  });

  test('freed_signed: a bundle whose inputs a void has freed, in another request', () => {
    const of = (frees: boolean): string[] => {
      const record = new TestRecord().open();
      record.append(OFFICER);
      const first = requestOf([sweep(a, b)], { expectedHead: record.head });
      const receipt = receiptOf(voidRequestOf(first), { record, frees });
      const again = requestOf([sweep(a, b)], { sequence: 2, expectedHead: record.head });
      const response = respond(again, keys, { record });
      return findingsOf({ ...cards, first, receipt, again, response, record: record.exported() });
    };
    expect(of(true)).toEqual(['freed_signed receipt response']);
    expect(of(false)).toEqual([]);
  });

  test('void_frees: no officer is paired who could have withheld approval', () => {
    const record = new TestRecord().open();
    expect(findingsOf(voidedSet({ record, frees: true }))).toEqual([]);
    expect(findingsOf({ ...cards, record: record.exported() })).toEqual(['void_frees record']);
    const other = new TestRecord().open();
    other.append(OFFICER);
    expect(findingsOf(voidedSet({ record: other, frees: true }))).toEqual([]);
    expect(findingsOf({ ...cards, record: other.exported() })).toEqual([]);
  });
});

describe('void requests', () => {
  const ofVoid = (change: Parameters<typeof voidRequestOf>[1], more: Files = {}): string[] => {
    const request = requestOf([sweep(a, b)]);
    const voidRequest = voidRequestOf(request, change);
    return findingsOf({ ...cards, ...more, request, voidRequest });
  };

  test('void_mismatch: another id, sequence or bundle than the request of that digest', () => {
    const mismatch = 'void_mismatch voidRequest request';
    expect(ofVoid({})).toEqual([]);
    expect(ofVoid({ requestId: `sr_${'e'.repeat(32)}` })).toEqual([mismatch]);
    expect(ofVoid({ sequence: 2 })).toEqual([mismatch]);
    expect(ofVoid({ bundleHashes: [bundleHash(sweep(b, c))] })).toEqual([mismatch]);
    expect(ofVoid({ bundleHashes: Array(2).fill(bundleHash(sweep(a, b))) })).toEqual([mismatch]);
  });

  test('sequence_two_digests: the digest of no request that has the sequence', () => {
    expect(ofVoid({ requestDigest: 'ab'.repeat(32) })).toEqual([
      'sequence_two_digests request voidRequest',
    ]);
  });

  test('keyring_unknown, network_mismatch, head_off_record, as in signing requests', () => {
    expect(ofVoid({ keyringId: OTHER_KEYRING })).toEqual(['keyring_unknown voidRequest']);
    expect(ofVoid({ network: 'devnet' })).toEqual([
      'network_mismatch voidRequest',
      'network_mismatch voidRequest',
    ]);
    const record = new TestRecord().open().exported();
    const expectedHead = { number: 1, hash: 'ab'.repeat(32) };
    expect(ofVoid({ expectedHead }, { record })).toEqual(['head_off_record voidRequest record']);
  });

  test('card_role, card_missing: signed by another than a coordinator, a receipt by one', () => {
    expect(ofVoid({ identity: signer })).toEqual(['card_role voidRequest']);
    expect(ofVoid({ identity: stranger })).toEqual(['card_missing voidRequest']);
    expect(findingsOf(voidedSet({ identity: coordinator }))).toEqual(['card_role receipt']);
    const card = coordinatorCard({ identity: stranger });
    expect(ofVoid({ identity: stranger }, { card })).toEqual([]);
  });
});

describe('receipts', () => {
  const ofReceipt = (options: Partial<ReceiptOptions>): string[] => findingsOf(voidedSet(options));
  const changed = (change: Partial<VoidReceipt>): string[] =>
    ofReceipt({ receipt: (receipt) => ({ ...receipt, ...change }) });
  const mismatch = ['void_mismatch receipt'];

  test('void_mismatch: its last entry is no void, of another request, or frees otherwise', () => {
    expect(ofReceipt({})).toEqual([]);
    expect(ofReceipt({ event: () => OFFICER })).toEqual(mismatch);
    const requestDigest = 'ab'.repeat(32);
    expect(ofReceipt({ event: (event) => ({ ...event, requestDigest }) as RecordEvent })).toEqual([
      'sequence_two_digests request receipt',
      ...mismatch,
    ]);
    const requestId = `sr_${'e'.repeat(32)}`;
    expect(changed({ requestId })).toEqual(mismatch);
    expect(changed({ frees: true })).toEqual(mismatch);
  });

  test('void_mismatch: it answers another void request, or its entry names other bundles', () => {
    const other = 'void_mismatch receipt voidRequest';
    expect(changed({ keyringId: OTHER_KEYRING })).toEqual(['keyring_mismatch receipt', other]);
    const bundleHashes = [bundleHash(sweep(b, c))];
    const event = (event: RecordEvent): RecordEvent => ({ ...event, bundleHashes }) as RecordEvent;
    expect(ofReceipt({ event })).toEqual(['void_mismatch receipt request', other]);
    const requestId = `sr_${'e'.repeat(32)}`;
    expect(
      ofReceipt({
        event: (event) => ({ ...event, requestId }) as RecordEvent,
        receipt: (receipt) => ({ ...receipt, requestId }),
      }),
    ).toEqual(['void_mismatch receipt request', other]);
  });

  test('void_mismatch: an entry that voids other bundles than the request has', () => {
    const record = new TestRecord().open();
    const request = requestOf([sweep(a, b)]);
    receiptOf(voidRequestOf(request, { bundleHashes: [bundleHash(sweep(b, c))] }), { record });
    expect(findingsOf({ ...cards, request, record: record.exported() })).toEqual([
      'void_mismatch record request',
    ]);
  });

  test('chain_broken: an entry left out after the head of the void request', () => {
    const record = new TestRecord().open();
    const request = requestOf([sweep(a, b)], { expectedHead: record.head });
    const voidRequest = voidRequestOf(request);
    record.append(OFFICER);
    const of = (from: number): string[] => {
      const receipt = (r: VoidReceipt): VoidReceipt => ({ ...r, entries: r.entries.slice(from) });
      const file = receiptOf(voidRequest, { record: record.copied(), receipt });
      return findingsOf({ ...cards, request, voidRequest, receipt: file });
    };
    expect(of(0)).toEqual([]);
    expect(of(1)).toEqual(['chain_broken receipt']);
  });
});
