/** An audit's result as lines for people and as one JSON object for programs. */
import type { AuditResult, FileReport } from './audit.ts';
import { FINDINGS, type Finding, type FindingCode } from './findings.ts';
import { FINDINGS_SHOWN_MAX } from './limits.ts';

const MARK = { ok: 'ok', findings: 'FINDINGS', skipped: 'skipped' } as const;

function fileLines(report: FileReport): string[] {
  const keyring = report.keyringId === null ? '' : `, ${report.keyringId}`;
  const lines = [
    `${report.path}: ${MARK[report.verdict]}`,
    `    ${report.type}${keyring}`,
    `    ${report.holds}`,
  ];
  if (report.words !== undefined) lines.push(`    words: ${report.words}`);
  for (const note of report.notes) lines.push(`    note: ${note}`);
  return lines;
}

function findingLines({ code, file, otherFile, message }: Finding): string[] {
  const where = otherFile === undefined ? file : `${file} and ${otherFile}`;
  return [`${code}: ${where}`, `    ${message}`, `    (${FINDINGS[code]})`];
}

function crossLines({ findings, totals }: AuditResult): string[] {
  const count = (...codes: readonly FindingCode[]): number =>
    findings.filter(({ code }) => codes.includes(code)).length;
  const says = (found: number, good: string, bad: string): string =>
    found === 0 ? good : `${found} ${bad}`;
  const names = count('uuid_two_addresses', 'uuid_two_levels', 'address_two_uuids');
  const homes = count('epoch_not_rising', 'moved_out_used', 'moved_in_unannounced');
  return [
    `${totals.keys} keys, ${totals.keysSigned} signed, ${says(count('key_two_hashes'), 'no key has two hashes', 'TIMES A KEY SIGNED A SECOND HASH')}`,
    `${says(count('surrendered_signed'), 'no key signed whose seed was given away', 'SIGNED, AND ITS SEED WAS GIVEN AWAY')}`,
    `${says(count('key_requested_twice'), 'no key was asked to sign a second hash', 'times a key was asked to sign a second hash')}`,
    `${says(names, 'every key has one UUID, one address, one level', 'contradictions between UUIDs, addresses and levels')}`,
    `${totals.withdrawals} withdrawals, ${says(count('withdrawal_two_hashes', 'withdrawal_requested_twice'), 'none in two bundles', 'times one is in a second bundle')}`,
    `${totals.entries} record entries, ${says(count('record_fork', 'head_off_record'), 'no fork', 'forks or foreign heads')}`,
    `${totals.voids} requests void, ${says(count('voided_signed', 'freed_signed'), 'none signed', 'times one was SIGNED NEVERTHELESS')}`,
    `${says(count('coordinator_not_paired'), 'none signed for a coordinator that was not paired', 'SIGNED FOR A COORDINATOR THAT WAS NOT PAIRED')}`,
    `${says(count('key_not_issued', 'batch_not_issued'), 'no batch or key beside what the records issued, as far as they are given', 'batches or signed keys that a record NEVER ISSUED')}`,
    `${says(homes, 'every record was handed over in order', 'faults in how a record changed homes')}`,
    `${totals.signaturesVerified} one-time signatures, ${says(count('wots_invalid'), 'all resolve to their addresses', 'do NOT resolve to their addresses')}`,
  ];
}

/** The report for people, ending with a line feed. */
export function toText(result: AuditResult): string {
  const { files, findings, totals } = result;
  const shown = findings.slice(0, FINDINGS_SHOWN_MAX);
  const more = findings.length - shown.length;
  const lines = [
    ...files.flatMap(fileLines),
    '',
    'Across all files:',
    ...crossLines(result).map((line) => `    ${line}`),
    '',
    ...shown.flatMap(findingLines),
    ...(more > 0 ? [`and ${more} findings more`] : []),
    ...(findings.length > 0 ? [''] : []),
    result.verdict === 'ok'
      ? `ALL GOOD: ${totals.files} files, no findings`
      : `${totals.findings} FINDINGS in ${totals.files} files`,
  ];
  return `${lines.join('\n')}\n`;
}

/** One JSON object; `totals.findings` counts those that are left out as well. */
export function toJson(result: AuditResult): string {
  const findings = result.findings.slice(0, FINDINGS_SHOWN_MAX);
  return `${JSON.stringify({ ...result, findings }, null, 2)}\n`;
}
