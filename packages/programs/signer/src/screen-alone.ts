/**
 * What the officer reads before this signer acts without a coordinator. Addresses stand there without
 * their last group, which he types from where he has them.
 */
import { formatAmount, NULL_TAG } from '@airlock/protocol';
import type { Home } from './home.ts';
import { formatAddress, practiceBanner, RULE } from './screen.ts';
import type { ReviewedSpend } from './spend.ts';
import type { SurrenderedKey } from './surrender.ts';

/** Nine groups, and room for the tenth. */
function addressLines(address: string): [string, string] {
  const [first = '', second = ''] = formatAddress(address);
  return [first, `${second.slice(0, second.lastIndexOf(' '))} _________`];
}

function payeeLines({ payees }: ReviewedSpend): string[] {
  return payees.flatMap(({ address, amount, isOwn }, index) => {
    const [first, second] = addressLines(address);
    return [
      `  ${String(index + 1).padStart(3)}. ${formatAmount(amount)}${isOwn ? '  (own: issued by this record, never signed)' : ''}`,
      `       to ${first}`,
      `          ${second}  (last group: you type it)`,
    ];
  });
}

/** The officer's screen before a spend that no coordinator has asked for. */
export function spendScreen({ header }: Pick<Home, 'header'>, reviewed: ReviewedSpend): string[] {
  const { inputs, hash, tag } = reviewed;
  const spent = inputs.reduce((sum, { amount }) => sum + amount, 0n);
  return [
    RULE,
    ...practiceBanner(header),
    `TO BE SIGNED ALONE by keyring ${header.keyring.id} on network ${header.network.toUpperCase()}`,
    `Bundle ${hash}${tag === NULL_TAG ? '' : `, tag ${tag.replace(/9+$/, '')}`}`,
    RULE,
    ...inputs.map(
      ({ address, amount, securityLevel }) =>
        `  spends ${formatAmount(amount)} of ${address.slice(0, 18)}… (level ${securityLevel})`,
    ),
    `  ${formatAmount(spent)} in all`,
    RULE,
    'WARNING: each of these addresses is spent WHOLE, and only once. What it holds beyond the amount above',
    'stays behind on a used key, and nobody moves it safely again. If it holds less, the bundle never',
    'confirms, and the key is used up all the same. Compare the balances with two nodes now.',
    'No coordinator knows of this: one that still plans with these addresses will be refused here.',
    RULE,
    'Paid to: read each in full',
    ...payeeLines(reviewed),
    RULE,
  ];
}

/** The officer's screen before a seed is given away. */
export function surrenderScreen(
  { header }: Pick<Home, 'header'>,
  { address, securityLevel, isAgain }: SurrenderedKey,
): string[] {
  const [first, second] = addressLines(address);
  return [
    RULE,
    ...practiceBanner(header),
    `TO BE GIVEN AWAY by keyring ${header.keyring.id} on network ${header.network.toUpperCase()}`,
    `  the seed of ${first}`,
    `              ${second}  (last group: you type it)`,
    `  level       ${securityLevel}, key index 0`,
    RULE,
    isAgain
      ? 'It was given away before: its key never signs here again. It is shown once more, nothing is recorded.'
      : 'Once you have typed it, this signer records that it never signs with this key again: FOR EVER.',
    'Whoever reads the seed can take the money. It is shown on this terminal alone, until you press q;',
    'nothing keeps it. See that nobody else looks on, and no camera or screen recorder runs.',
    RULE,
  ];
}

/** The seed in groups of nine. */
export function seedScreen({
  seed,
  address,
  level,
}: {
  readonly seed: string;
  readonly address: string;
  readonly level: number;
}): string[] {
  const groups = seed.match(/.{9}/g) ?? [];
  return [
    `Seed of ${address.slice(0, 18)}… (key index 0, security level ${level})`,
    '',
    ...[0, 3, 6].map((at) => `    ${groups.slice(at, at + 3).join(' ')}`),
    '',
    'Write it down, compare it twice, and press q: this screen is then gone.',
  ];
}
