/** The command line: arguments and a disk in, a report and an exit code out. Nothing here touches process. */
import yargs from 'yargs';
import { audit } from './audit.ts';
import { parseTrust } from './cards.ts';
import { AuditError } from './error.ts';
import type { Finding } from './findings.ts';
import { FILE_READ_BYTES_MAX, FILES_MAX, TOTAL_BYTES_MAX } from './limits.ts';
import { printable } from './printable.ts';
import { type FileSystem, readFiles } from './read-files.ts';
import { toJson, toText } from './report.ts';

export const EXIT_OK = 0;
export const EXIT_FINDINGS = 1;
export const EXIT_USAGE = 2;

export interface CliEffects {
  readonly fileSystem: FileSystem;
  readonly writeOut: (text: string) => void;
  readonly writeErr: (text: string) => void;
  /** Whether someone watches stderr, so that progress may be drawn there. */
  readonly isErrTerminal: boolean;
}

interface VerifyArguments {
  readonly files: readonly string[];
  readonly json: boolean;
  readonly trust: readonly string[] | null;
}

/** Of package.json, which a test compares. */
const VERSION = '0.1.0';
const MIB = 1024 * 1024;
const EXAMPLE = '$0 verify archive/ --trust "able acid also apex aqua arch atom aunt"';
const LIMITS = `Limits: ${FILES_MAX} files, ${FILE_READ_BYTES_MAX / MIB} MiB each, ${TOTAL_BYTES_MAX / MIB} MiB together.\nExit codes: 0 all good, 1 findings, 2 the run could not begin, or its report could not be written.`;

type Parsed =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'verify'; readonly options: VerifyArguments };

async function parseArguments(args: readonly string[]): Promise<Parsed> {
  let options: VerifyArguments | null = null;
  let text = '';
  const parser = yargs([...args])
    .parserConfiguration({ 'boolean-negation': false, 'dot-notation': false })
    .scriptName('airlock-audit')
    .usage(
      '$0 verify FILE…\n\nVerifies cards, batches, requests, responses, voids, slips, spends and record exports, without any secret.',
    )
    .command(
      'verify [files..]',
      'verify files, and folders one level deep',
      (command) =>
        command
          .positional('files', {
            type: 'string',
            array: true,
            // Demanded only when all options are known, or an unknown one that took them goes unnamed.
            default: [],
            defaultDescription: 'none: name at least one',
            describe: 'files and folders',
          })
          .option('json', { type: 'boolean', default: false, describe: 'print one JSON object' })
          .option('trust', {
            type: 'string',
            requiresArg: true,
            describe: 'eight words of a card, from paper; repeat it; other cards are refused',
          })
          .example(EXAMPLE, '')
          .epilogue(LIMITS),
      ({ files, json, trust }) => {
        if (files.length === 0) {
          const message = 'verify: expected files or folders, got none: name at least one';
          throw new AuditError('usage', message);
        }
        const words = [trust ?? []].flat();
        options = { files, json, trust: words.length === 0 ? null : words.map(parseTrust) };
      },
    )
    .example(EXAMPLE, '')
    .epilogue(LIMITS)
    .demandCommand(1, 'expected a command: verify')
    .strict()
    .help()
    .version(VERSION)
    .locale('en')
    .wrap(100)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      throw error instanceof AuditError ? error : new AuditError('usage', message || String(error));
    });
  await parser.parseAsync([...args], {}, (_error, _argv, output) => {
    text = output;
  });
  if (options !== null) return { kind: 'verify', options };
  return { kind: 'help', text };
}

function verify(options: VerifyArguments, effects: CliEffects): number {
  const readFindings: Finding[] = [];
  const add = (finding: Finding): void => {
    readFindings.push(finding);
  };
  const { files, foldersSkipped } = readFiles(options.files, effects.fileSystem, add);
  for (const { file, message } of files.length === 0 ? readFindings : []) {
    effects.writeErr(`airlock-audit: ${file}: ${message}\n`);
  }
  if (files.length === 0) throw new AuditError('nothing_readable', 'no file could be read');
  if (foldersSkipped > 0) {
    effects.writeErr(`airlock-audit: ${foldersSkipped} folders inside folders were not read\n`);
  }
  const onProgress = (done: number, total: number): void => {
    const end = done === total ? '\r\u001b[K' : '';
    effects.writeErr(`\rverifying one-time signatures: ${done} of ${total}${end}`);
  };
  const result = audit(files, readFindings, {
    trusted: options.trust,
    ...(effects.isErrTerminal ? { onProgress } : {}),
  });
  effects.writeOut(options.json ? toJson(result) : toText(result));
  return result.verdict === 'ok' ? EXIT_OK : EXIT_FINDINGS;
}

/** Runs one command. @returns the exit code; nothing is thrown */
export async function runCli(args: readonly string[], effects: CliEffects): Promise<number> {
  try {
    const parsed = await parseArguments(args);
    if (parsed.kind === 'verify') return verify(parsed.options, effects);
    effects.writeOut(`${parsed.text}\n`);
    return EXIT_OK;
  } catch (error) {
    const { message = String(error) } = error as { readonly message?: string };
    const prefix = error instanceof AuditError ? '' : 'internal error: ';
    const hint = error instanceof AuditError && error.code === 'usage' ? ' (try --help)' : '';
    effects.writeErr(`airlock-audit: ${prefix}${printable(message)}${hint}\n`);
    return EXIT_USAGE;
  }
}
