/** What a refusal must be: with its text or code, and without any change. */
import type { JournalEvent } from '@airlock/journal';
import { expect } from '@jest/globals';
import { LedgerViolation } from '../src/ledger/booking.ts';
import { importRecord } from '../src/signing/record-exports.ts';
import { type Booked, user } from './booked.ts';
import { butAlarms, codeOf, dump, replayed, stateOf, type World } from './world.ts';

/** Refused, with this text, and nothing at all has changed. */
export async function expectRefusal(
  booked: Booked,
  event: JournalEvent,
  message: RegExp,
): Promise<void> {
  const before = dump(booked.ledger.state);
  const stored = await replayed(booked.store);
  const refusal = booked.record(user('first of the command'), event);
  await expect(refusal).rejects.toThrow(message);
  await expect(refusal).rejects.toBeInstanceOf(LedgerViolation);
  expect(dump(booked.ledger.state)).toEqual(before);
  expect(await replayed(booked.store)).toEqual(stored);
}

/** Importing the file as a record gives this code, and nothing has changed. */
export async function expectRecordRefusal(
  world: World,
  file: Uint8Array,
  code: string,
): Promise<void> {
  const before = butAlarms(dump(stateOf(world)));
  expect(await codeOf(importRecord(world.coordinator, file))).toBe(code);
  expect(butAlarms(dump(stateOf(world)))).toEqual(before);
}
