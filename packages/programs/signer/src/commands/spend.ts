/**
 * `spend`: moves money out of custody without a coordinator. The signer builds the bundle, shows it,
 * has each payee confirmed, records that it signs alone, and writes trytes for any node.
 */
import { GapError } from '@airlock/gap';
import { ProtocolError } from '@airlock/protocol';
import { readPlan } from '../alone-store.ts';
import { confirmAddresses } from '../confirmation.ts';
import { writeGapFile } from '../crossing/files.ts';
import { assertDeliverable, assertFree, type Outgoing } from '../crossing/outgoing.ts';
import { readSlips } from '../crossing/slip-files.ts';
import type { Environment } from '../environment.ts';
import { SignerError } from '../error.ts';
import { type OpenHome, readHomeHeader, readPassphraseOf, withHolder } from '../home.ts';
import { assertOffline } from '../machine.ts';
import { countAlone } from '../record-state.ts';
import { practiceBanner } from '../screen.ts';
import { spendScreen } from '../screen-alone.ts';
import { keptFile, signAlone } from '../sign-alone.ts';
import { openSlips, type SlipFile } from '../slips.ts';
import {
  type AskedSpend,
  isSameSpend,
  planSpend,
  type ReviewedSpend,
  recordedAlone,
  reviewSpend,
  type Spend,
  type SpendPlan,
  settleSpend,
} from '../spend.ts';
import { recordNetwork } from './answering.ts';
import type { CommandResult, CommonOptions } from './result.ts';

export interface SpendOptions extends CommonOptions {
  /** Paths of custody slips that list the inputs. */
  readonly slips: readonly string[];
  readonly spend: AskedSpend;
  /** File to write. */
  readonly out: string;
  /** The last groups of the payees' addresses, in their order. */
  readonly confirm?: string | undefined;
  readonly acceptNetwork: boolean;
}

/** The spend as it was recorded, if this very one was: its entry, and the plan that gave its hash. */
interface Recorded {
  readonly entryNumber: number;
  readonly plan: SpendPlan;
}

/** A file of the home that is damaged is as good as none. */
function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch (cause) {
    const isDamage = [GapError, ProtocolError, SignerError].some((each) => cause instanceof each);
    if (isDamage) return null;
    throw cause;
  }
}

function findRecorded({ disk }: Environment, home: OpenHome, spend: Spend): Recorded | null {
  const [first] = spend.inputs;
  const entryNumber = first && recordedAlone(home.record.state, first.address);
  if (entryNumber === undefined || entryNumber === null) return null;
  const plan = orNull(() => readPlan(disk, home.path, entryNumber));
  return plan !== null && isSameSpend(plan, spend) ? { entryNumber, plan } : null;
}

/** The file that was kept with the entry of a recorded spend, or null: then it is made again. */
function findAnswer(
  { disk }: Environment,
  home: OpenHome,
  { recorded, reviewed }: { recorded: Recorded | null; reviewed: ReviewedSpend },
): Uint8Array | null {
  if (recorded === null) return null;
  const { entryNumber } = recorded;
  return orNull(() => keptFile(disk, home, { reviewed, entryNumber }));
}

async function answer(
  environment: Environment,
  home: OpenHome,
  {
    options,
    slipFiles,
    hasNetwork,
  }: { options: SpendOptions; slipFiles: SlipFile[]; hasNetwork: boolean },
): Promise<CommandResult> {
  const { terminal, now } = environment;
  const { keyring, network } = home.header;
  let { state } = home.record;
  const slips = openSlips(state, { id: keyring.id, network }, slipFiles);
  const spend = settleSpend(options.spend);
  const recorded = findRecorded(environment, home, spend);
  const plan = recorded?.plan ?? planSpend(spend, now());
  const reviewed = reviewSpend(state, plan, slips);
  let entryNumber = recorded?.entryNumber;
  let file = findAnswer(environment, home, { recorded, reviewed });
  const outgoing: Outgoing = { kind: 'file', path: options.out };
  if (file === null) {
    assertFree(environment, outgoing);
    for (const line of spendScreen(home, reviewed)) terminal.note(line);
    const addresses = plan.payees.map(({ address }) => address);
    await confirmAddresses(environment, { addresses, network, given: options.confirm });
    const ready = recordNetwork(environment, home, { hasNetwork });
    ({ file, entryNumber, state } = await signAlone(environment, ready, { reviewed, plan }));
  }
  const alone = countAlone(state, entryNumber);
  const logLine = `For your log: alone ${alone}, entry ${entryNumber}: bundle ${reviewed.hash}.`;
  release(environment, { ...options, file, logLine });
  return {
    lines: [
      ...practiceBanner(home.header),
      recorded === null
        ? `Signed alone: the bundle is in ${options.out}. Any node attaches and broadcasts it.`
        : `This spend was signed before: the same bundle is in ${options.out}.`,
      logLine,
      'Only this home and that file know of that entry: back up the home, write its record out ("record --out FILE") now, and keep a copy of the file until both are in safe hands.',
    ],
    json: {
      file: options.out,
      bundleHash: reviewed.hash,
      entry: entryNumber,
      alone,
      alreadySigned: recorded !== null,
      spent: spend.inputs.reduce((sum, { amount }) => sum + amount, 0n).toString(),
      payees: spend.payees.map(({ address, amount }) => ({ address, amount: amount.toString() })),
      practice: keyring.practice,
    },
  };
}

/** If the trytes cannot be written, the officer must know all the same that they are recorded. */
function release(
  environment: Environment,
  { out, file, logLine }: { out: string; file: Uint8Array; logLine: string },
): void {
  try {
    writeGapFile(environment, out, file);
  } catch (cause) {
    environment.terminal.note(`SIGNED AND RECORDED, but not delivered. ${logLine}`);
    throw cause;
  }
}

export async function spend(
  environment: Environment,
  options: SpendOptions,
): Promise<CommandResult> {
  const { home: path, acceptNetwork } = options;
  assertDeliverable(environment, { kind: 'file', path: options.out }, path);
  const { network } = readHomeHeader(environment.disk, path).header;
  const hasNetwork = assertOffline(environment, { network, acceptNetwork });
  const slipFiles = readSlips(environment, options.slips);
  const passphrase = await readPassphraseOf(environment, options);
  return withHolder(environment, { path, passphrase }, (home) =>
    answer(environment, home, { options, slipFiles, hasNetwork }),
  );
}
