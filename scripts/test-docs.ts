/**
 * `npm run test:docs`: follows the guides of docs/ as their reader would, on fresh instances in a temporary
 * folder, and compares what is printed with what they show. Every difference is told by its line.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import yargs from 'yargs';
import { parseGuide, type Section, type Step } from '../test/docs/guide.ts';
import { type Finding, type Guide, Reader } from '../test/docs/reader.ts';
import { runScript, strictly } from './command-line.ts';
import { freePort, signerIsolation } from './programs.ts';

/** What `npm start` needs of the repository, beside the scripts: those are copied, since they run where they lie. */
const LINKED = [
  ...['package.json', 'package-lock.json', 'tsconfig.json'],
  ...['packages', 'node_modules', 'dist'],
];

/** The ports that the guides name. */
const PORTS = ['8080', '14265', '9000'] as const;
/** How the guides isolate the signer. */
const ISOLATED = 'unshare --net --map-root-user ';

/** A run takes about three minutes. */
const TOTAL_MS = 20 * 60_000;

const note = (text: string): void => void process.stderr.write(text);

/** A folder that looks like the repository's root to who follows a guide. */
function layOut(folder: string): void {
  const root = process.cwd();
  mkdirSync(folder);
  for (const name of LINKED) symlinkSync(join(root, name), join(folder, name));
  cpSync(join(root, 'scripts'), join(folder, 'scripts'), { recursive: true });
}

/** What a reader of this machine types instead: ports that are free, and the isolation that there is. */
async function adaptation(): Promise<{ adapt: (text: string) => string; startOptions: string }> {
  const free = new Map<string, string>();
  for (const port of PORTS) free.set(port, String(await freePort()));
  const prefix = signerIsolation()
    .prefix.map((word) => `${word} `)
    .join('');
  const adapt = (text: string): string => {
    const moved = text
      .replaceAll(new RegExp(`\\b(?:${PORTS.join('|')})\\b`, 'g'), (port) => free.get(port) ?? port)
      .replaceAll(ISOLATED, prefix);
    return prefix === ''
      ? moved.replaceAll('signer sign ', 'signer sign --accept-network ')
      : moved;
  };
  return { adapt, startOptions: `--port ${free.get('8080')} --node-port ${free.get('14265')}` };
}

function guideOf(name: string): Guide {
  const text = readFileSync(join(process.cwd(), 'docs', name), 'utf8');
  return { name, sections: parseGuide(text) };
}

/** Nothing of the caller's own: no proxy, no registry, no settings. */
function environmentOf(home: string): NodeJS.ProcessEnv {
  const npm = { npm_config_offline: 'true', npm_config_update_notifier: 'false' };
  return { PATH: process.env.PATH, HOME: home, LANG: 'C.UTF-8', NO_PROXY: '*', ...npm };
}

const QUICK_START = 'quick-start.md';

/** The parts of guides in the order of their reading, by the numbers of quick start's sections. */
async function readGuides(reader: Reader): Promise<Finding[]> {
  const { sections: quickStart } = guideOf(QUICK_START);
  const end = quickStart.findIndex(({ title }) => title.startsWith('9. '));
  const ofQuickStart = (sections: readonly Section[]): Guide => ({ name: QUICK_START, sections });
  const findings = await reader.follow(ofQuickStart(quickStart.slice(0, end)));
  findings.push(...(await reader.follow(guideOf('integrate-balances-here.md'))));
  await reader.stop();
  findings.push(...(await reader.follow(ofQuickStart(quickStart.slice(end, end + 1)))));
  findings.push(...(await reader.follow(guideOf('integrate-balances-outside.md'))));
  return findings;
}

function tellStep(guide: string, { line, text }: Step): void {
  const [first] = text.split('\n');
  note(`${guide}:${line}  ${first}\n`);
}

function tell({ guide, line, expected, got }: Finding): void {
  process.stdout.write(`\ndocs/${guide}:${line}\n  expected  ${expected}\n  got       ${got}\n`);
}

async function main(): Promise<boolean> {
  const { verbose } = await strictly(
    yargs(process.argv.slice(2))
      .scriptName('npm run test:docs --')
      .usage(
        '$0 [options]\n\nFollows the guides of docs/ and compares what is printed with what they show.',
      )
      .option('verbose', { type: 'boolean', default: false, describe: 'Print all output' })
      .example('$0 --verbose', 'with what each command prints'),
  ).parseAsync();
  const notes = mkdtempSync(join(tmpdir(), 'airlock-docs-'));
  const folder = join(notes, 'airlock');
  layOut(folder);
  const reader = new Reader({
    ...(await adaptation()),
    folder,
    notes,
    environment: environmentOf(notes),
    now: () => Date.now(),
    wait: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    onStep: tellStep,
    onOutput: (output) => (verbose ? note(`${output}\n`) : undefined),
  });
  const tidy = async (): Promise<void> => {
    await reader.close();
    rmSync(notes, { recursive: true, force: true });
  };
  const leave = (why: string): void => {
    note(`${why}\n`);
    void tidy().finally(() => process.exit(2));
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => leave(name));
  const timer = setTimeout(() => leave(`not done within ${TOTAL_MS / 60_000} minutes`), TOTAL_MS);
  const from = Date.now();
  try {
    const findings = await readGuides(reader);
    for (const finding of findings) tell(finding);
    const seconds = Math.round((Date.now() - from) / 1000);
    process.stdout.write(`\n${findings.length} differences in ${seconds} s\n`);
    return findings.length === 0;
  } finally {
    clearTimeout(timer);
    await tidy();
  }
}

await runScript('test:docs', main);
