/** The command lines of npm scripts: whole numbers, strictness, and how they end. */
import type { Argv } from 'yargs';

const WHOLE_NUMBER = /^-?\d{1,15}$/;

/** Coerces an option, read as text, to a whole number within these bounds. @throws RangeError that says them */
export function wholeNumber(
  name: string,
  { min, max = Number.MAX_SAFE_INTEGER }: { readonly min: number; readonly max?: number },
): (value: unknown) => number {
  const range = max === Number.MAX_SAFE_INTEGER ? `from ${min} on` : `of ${min} to ${max}`;
  return (value) => {
    const number = typeof value === 'string' && WHOLE_NUMBER.test(value) ? Number(value) : value;
    const isWithin = typeof number === 'number' && number >= min && number <= max;
    if (isWithin && Number.isInteger(number)) return number;
    const came = JSON.stringify(value) ?? 'nothing';
    throw new RangeError(`--${name}: expected one whole number ${range}, got ${came}`);
  };
}

/** The parser, which throws at what it does not know; asked for help it prints that and ends. */
export function strictly<T>(parser: Argv<T>): Argv<T> {
  return parser
    .strict()
    .locale('en')
    .version(false)
    .wrap(null)
    .fail((message, cause) => {
      throw cause ?? new RangeError(message);
    });
}

/**
 * Runs a script. It ends with 0 or 1 as `main` resolves (is well?), and with 2 and one line that leads
 * to the help of the npm script where it throws.
 */
export async function runScript(name: string, main: () => Promise<boolean>): Promise<void> {
  try {
    process.exitCode = (await main()) ? 0 : 1;
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : 'unknown';
    process.stderr.write(`${message}\n  see "npm run ${name} -- --help"\n`);
    process.exitCode = 2;
  }
}
