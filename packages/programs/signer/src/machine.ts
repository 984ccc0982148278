/** What the machine must be like: no network while it signs, and no way for memory to reach a disk. */
import type { Network } from '@airlock/protocol';
import type { Environment } from './environment.ts';
import { SignerError } from './error.ts';

/**
 * Refuses to work beside a network. `acceptNetwork` allows it, except on mainnet.
 * @returns whether a network was there and was accepted, which responses have to say
 * @throws SignerError network_up, network_on_mainnet
 */
export function assertOffline(
  { system }: Pick<Environment, 'system'>,
  { network, acceptNetwork }: { readonly network: Network; readonly acceptNetwork: boolean },
): boolean {
  if (acceptNetwork && network === 'mainnet') {
    throw new SignerError('network_on_mainnet', '--accept-network is never for mainnet', {
      next: 'leave it out, and sign on a machine without a network',
    });
  }
  const up = system.interfaces().filter(({ isUp, isLoopback }) => isUp && !isLoopback);
  const [first] = up;
  if (first === undefined) return false;
  if (acceptNetwork) return true;
  const names = up.map(({ name }) => name).join(', ');
  throw new SignerError('network_up', `this machine has a network: ${names} is up`, {
    next: `unplug its cable, switch off Wi-Fi, and run "ip link set ${first.name} down" as root; then repeat the command`,
  });
}

const NO_CORE_COMMAND = 'prlimit --core=1:1 -- node airlock-signer.mjs …';

function faultsOf({ system }: Pick<Environment, 'system'>): SignerError[] {
  const faults: SignerError[] = [];
  const swaps = system.swaps();
  if (swaps.length > 0) {
    const message = `memory may be written to swap (${swaps.join(', ')})`;
    faults.push(
      new SignerError('swap_enabled', message, {
        next: 'run "swapoff -a" as root, then repeat the command',
      }),
    );
  }
  const coreDumps = system.coreDumps();
  if (coreDumps !== null) {
    const message = `a crash may write memory to a disk: ${coreDumps}`;
    faults.push(
      new SignerError('core_dumps_enabled', message, {
        next: `start the signer with "${NO_CORE_COMMAND}"`,
      }),
    );
  }
  return faults;
}

/**
 * Looked at before a secret is in memory. A mainnet keyring is refused where memory could reach a
 * disk; with others the officer is told.
 * @throws SignerError swap_enabled, core_dumps_enabled
 */
export function assertMemoryStays(environment: Environment, network: Network): void {
  for (const fault of faultsOf(environment)) {
    if (network === 'mainnet') throw fault;
    environment.terminal.note(`warning (${fault.code}): ${fault.message}; ${fault.next}`);
  }
}
