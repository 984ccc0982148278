/** The coordinator's append-only record: events, their one encoding, their hash chain. */

export type { JournalHead } from './entry.ts';
export { decodeEntry, EMPTY_JOURNAL, encodeEntry, headAfter } from './entry.ts';
export type { JournalErrorCode } from './error.ts';
export { JOURNAL_ERROR_CODES, JournalError } from './error.ts';
export type {
  AlarmName,
  ForgottenBundle,
  JournalEntry,
  JournalEvent,
  JournalEventType,
  JournaledAddress,
  Shortfall,
  SweepInput,
  SweepOutput,
} from './event.ts';
export { ALARMS } from './event.ts';
export { EVENT_TYPES } from './event-schema.ts';
export type { JsonForm } from './json-text.ts';
export { jsonText } from './json-text.ts';
export { sha256Hex } from './sha256.ts';
