/** The auditor: verifies the files that cross the gap, without any secret. */

export type { AuditOptions, AuditResult, AuditTotals, FileReport } from './audit.ts';
export { audit } from './audit.ts';
export type { CliEffects } from './cli.ts';
export { EXIT_FINDINGS, EXIT_OK, EXIT_USAGE, runCli } from './cli.ts';
export type { AuditErrorCode } from './error.ts';
export { AUDIT_ERROR_CODES, AuditError } from './error.ts';
export type { Finding, FindingCode } from './findings.ts';
export { FINDINGS } from './findings.ts';
export { nodeFileSystem } from './node-file-system.ts';
export type { FileSystem, InputFile } from './read-files.ts';
export { readFiles } from './read-files.ts';
