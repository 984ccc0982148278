/**
 * Runs mutated inputs through one decoder. Every outcome is an acceptance that encodes to the same
 * bytes or a refusal with a code; whatever else happens is a finding, with what makes it again.
 */
import { GapError } from '@airlock/gap';
import { JournalError } from '@airlock/journal';
import { ProtocolError } from '@airlock/protocol';
import { SignerError } from '../../../packages/programs/signer/src/error.ts';
import { BYTE_MUTATIONS } from './byte-mutations.ts';
import { CBOR_MUTATIONS, type Sample, sampleOf } from './cbor-mutations.ts';
import { CODE_TARGETS } from './code-targets.ts';
import { HOME_TARGETS } from './home-targets.ts';
import { MESSAGE_TARGETS } from './message-targets.ts';
import { createRandom, pick, type Random } from './random.ts';
import type { Route, Target } from './target.ts';
import { TEXT_MUTATIONS } from './text-mutations.ts';

export const TARGETS: readonly Target[] = [...MESSAGE_TARGETS, ...HOME_TARGETS, ...CODE_TARGETS];

/** An input that takes longer is a finding. */
export const INPUT_MS_MAX = 1000;

export interface Finding {
  readonly target: string;
  readonly seed: number;
  readonly index: number;
  readonly what: string;
  readonly input: Uint8Array;
}

export interface Outcome {
  readonly target: string;
  readonly inputs: number;
  /** Inputs that were signed (or sealed) again with a valid key. */
  readonly sealed: number;
  /** 'accepted' and every code of a refusal, each with its count. */
  readonly verdicts: ReadonlyMap<string, number>;
  readonly findings: readonly Finding[];
  readonly seconds: number;
  readonly slowest: { readonly index: number; readonly ms: number };
}

export interface Budget {
  readonly seed: number;
  readonly inputs: number;
  readonly seconds: number;
  readonly findingsMax: number;
  /** An input that takes longer is a finding; {@link INPUT_MS_MAX} if not given. */
  readonly inputMsMax?: number;
  /** Told before each input: whoever watches sees which one does not end. */
  readonly onInput?: (index: number) => void;
}

const samplesOf = new Map<Uint8Array, Sample>();

function parsedSample(bytes: Uint8Array): Sample {
  const known = samplesOf.get(bytes);
  if (known !== undefined) return known;
  const sample = sampleOf(bytes);
  samplesOf.set(bytes, sample);
  return sample;
}

function mutatedText(route: Route, random: Random): Uint8Array {
  const [text, donor] = [pick(random, route.samples), pick(random, route.samples)].map((bytes) =>
    Buffer.from(bytes).toString('latin1'),
  );
  const mutated = pick(random, TEXT_MUTATIONS)(text ?? '', donor ?? '', random);
  return new Uint8Array(Buffer.from(mutated, 'latin1'));
}

/** One to three mutations of a sample: the later ones of bytes, which need no sound encoding. */
function mutate(route: Route, random: Random): Uint8Array {
  const bytes = pick(random, route.samples);
  const donor = pick(random, route.samples);
  let mutated: Uint8Array;
  if (random(2) === 0) mutated = pick(random, BYTE_MUTATIONS)(bytes, donor, random);
  else if (route.form === 'text') mutated = mutatedText(route, random);
  else {
    const mutation = pick(random, CBOR_MUTATIONS);
    mutated = mutation(parsedSample(bytes), parsedSample(donor), random);
  }
  while (mutated.length > 0 && random(8) === 0) {
    mutated = pick(random, BYTE_MUTATIONS)(mutated, donor, random);
  }
  return mutated;
}

function hashOfName(name: string): number {
  let hash = 0;
  for (const character of name) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) | 0;
  return hash;
}

/** Input `index` of a campaign, on its own; half of them are sealed if the target can be. */
export function inputOf(
  target: Target,
  { seed, index }: { seed: number; index: number },
): { readonly input: Uint8Array; readonly isSealed: boolean } {
  const random = createRandom(seed, hashOfName(target.name), index);
  const [first, ...others] = target.routes;
  if (first === undefined) throw new TypeError('a target has no route');
  const route = others.length > 0 && index % 2 === 1 ? pick(random, others) : first;
  return { input: route.seal(mutate(route, random)), isSealed: route !== first };
}

/** 'accepted', a code, or what should not have happened. */
export async function judge(
  target: Target,
  input: Uint8Array,
): Promise<{ readonly verdict: string; readonly fault: string | null }> {
  try {
    const opened = target.reopen(input);
    const bytes = opened instanceof Promise ? await opened : opened;
    const isSame = Buffer.compare(bytes, input) === 0;
    return {
      verdict: 'accepted',
      fault: isSame ? null : 'it was accepted, but encodes to other bytes',
    };
  } catch (cause) {
    if (
      cause instanceof GapError ||
      cause instanceof SignerError ||
      cause instanceof ProtocolError ||
      cause instanceof JournalError
    ) {
      return { verdict: cause.code, fault: null };
    }
    return { verdict: 'defect', fault: cause instanceof Error ? String(cause.stack) : 'unknown' };
  }
}

/** Inputs until the budget is spent: their number, the seconds, or the findings. */
export async function runTarget(target: Target, budget: Budget): Promise<Outcome> {
  const { seed, inputMsMax = INPUT_MS_MAX } = budget;
  const verdicts = new Map<string, number>();
  const findings: Finding[] = [];
  const start = performance.now();
  const endsAt = start + budget.seconds * 1000;
  let slowest = { index: -1, ms: 0 };
  let sealed = 0;
  let index = 0;
  for (; index < budget.inputs && findings.length < budget.findingsMax; index += 1) {
    if (performance.now() >= endsAt) break;
    budget.onInput?.(index);
    const { input, isSealed } = inputOf(target, { seed, index });
    if (isSealed) sealed += 1;
    const before = performance.now();
    const { verdict, fault } = await judge(target, input);
    const ms = performance.now() - before;
    if (ms > slowest.ms) slowest = { index, ms };
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1);
    const what = fault ?? (ms > inputMsMax ? `it took ${ms.toFixed(0)} ms` : null);
    if (what !== null) findings.push({ target: target.name, seed, index, what, input });
  }
  const seconds = (performance.now() - start) / 1000;
  return { target: target.name, inputs: index, sealed, verdicts, findings, seconds, slowest };
}
