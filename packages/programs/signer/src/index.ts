/** The offline signer: its command line, its rules and its error codes. */
export { runCli } from './cli.ts';
export type { Disk } from './disk.ts';
export { nodeDisk } from './disk.ts';
export type { Environment, Terminal } from './environment.ts';
export type { SignerErrorCode } from './error.ts';
export { SIGNER_ERROR_CODES, SignerError } from './error.ts';
