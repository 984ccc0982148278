/**
 * Bringing back: addresses in custody are swept again once their slip comes, whose UUIDs are then kept here
 * again. One whose key has signed, as far as ledger, record and nodes know, stays where it is.
 */
import { openCustodySlip, uuidCommitment } from '@airlock/gap';
import { withChecksum } from '@airlock/protocol';
import type { Coordinator } from '../coordinator.ts';
import { CoordinatorError } from '../error.ts';
import { isHeld } from '../ledger/apply-cold.ts';
import { LedgerViolation } from '../ledger/booking.ts';
import type { Command } from '../ledger/ledger.ts';
import { type ColdOrderRow, SURRENDERED } from '../ledger/rows.ts';
import type { View } from '../ledger/state.ts';
import { fileError } from '../signing/signer-file.ts';
import { putUuid } from '../vault.ts';
import { drawOrderId, needOrder, parseAddresses, whereSlipIs, wrongState } from './custody.ts';

/**
 * Completes the bring-backs that wait for this slip, which came by light and names none of them; the newest
 * one's id. A set-aside that a restore has forgotten is opened again; its own id.
 * @throws CoordinatorError cold_order_state if none waits, and those of {@link takeSlip}
 */
export async function takeSlipByLight(coordinator: Coordinator, file: Uint8Array): Promise<string> {
  const { slip } = openOwnSlip(coordinator, file);
  const { state } = coordinator.ledger;
  if (state.get('coldOrders', slip.orderId) === undefined) {
    await takeSlip(coordinator, slip.orderId, file);
    return slip.orderId;
  }
  const waiting = [...state.find([{ index: 'coldOrders', name: 'bring-back' }])].filter(
    ({ custodyId, status }) => custodyId === slip.orderId && status === 'open',
  );
  const last = waiting.at(-1);
  if (last === undefined) {
    throw wrongState(
      `no bring-back of ${slip.orderId} waits for its slip`,
      `order it: POST /v1/cold-orders {"type":"bring-back","custodyId":"${slip.orderId}"}`,
    );
  }
  for (const { id } of waiting) await takeSlip(coordinator, id, file);
  return last.id;
}

/** Orders that addresses which are held by a custody be swept again, once the slip comes. */
export function openBringBack<T>(
  coordinator: Coordinator,
  {
    custodyId,
    addresses: texts,
    reference,
  }: { custodyId: string; addresses: readonly string[] | undefined; reference: string | null },
  reply: (command: Command, orderId: string) => T,
): Promise<T> {
  const custody = needOrder(coordinator, custodyId);
  if (custody.type !== 'set-aside' || custody.status !== 'in-custody') {
    const next =
      custody.type === 'set-aside' && custody.status === 'open'
        ? `POST /v1/cold-orders/${custodyId}/cancel: the UUIDs are still here`
        : 'name a set-aside that is in custody';
    throw wrongState(
      `cold order ${custodyId} is a ${custody.type} that is ${custody.status}`,
      next,
    );
  }
  const orderId = drawOrderId(coordinator);
  return coordinator.ledger.execute((command) => {
    const { draft, record } = command;
    const held = custody.addresses.filter((address) => {
      const row = draft.get('addresses', address);
      return row !== undefined && isHeld(row, custodyId);
    });
    const addresses = texts === undefined ? held : parseAddresses(texts);
    const other = addresses.find((address) => !held.includes(address));
    if (other !== undefined || addresses.length === 0) {
      const message =
        other === undefined
          ? `nothing is left in the custody of ${custodyId}`
          : `${withChecksum(other)} cannot be brought back: ${whyNotHeld(draft, other, custodyId)}`;
      throw wrongState(message, `GET /v1/cold-orders/${custodyId} lists what is held`);
    }
    const waiting = draft.find({ index: 'coldOrders', name: 'bring-back' }).find((each) => {
      const isOpen = each.custodyId === custodyId && each.status === 'open';
      return isOpen && each.addresses.some((address) => addresses.includes(address));
    });
    if (waiting !== undefined) {
      throw wrongState(
        `cold order ${waiting.id} brings them back already`,
        'send it the slip, or cancel it',
      );
    }
    record({ type: 'bring-back.opened', orderId, custodyId, addresses, reference });
    return reply(command, orderId);
  });
}

function whyNotHeld(view: Pick<View, 'get'>, address: string, custodyId: string): string {
  const row = view.get('addresses', address);
  if (row?.custody === SURRENDERED) return 'its seed was given away';
  if (row?.custody !== custodyId) return 'it is not in this custody';
  return 'its key has been asked to sign, or has signed: nothing may be sent from it again';
}

/** Opens a slip that this coordinator made. @throws CoordinatorError file_invalid */
function openOwnSlip(
  { identity }: Coordinator,
  file: Uint8Array,
): ReturnType<typeof openCustodySlip> {
  try {
    return openCustodySlip(file, [identity.publicKey]);
  } catch (cause) {
    throw fileError(cause);
  }
}

/** Refuses to take back what somebody may have spent from. */
async function assertUnspent({ node }: Coordinator, addresses: readonly string[]): Promise<void> {
  const spent = await node.spentStates(addresses);
  const place = spent.findIndex((state) => state !== false);
  const address = addresses[place];
  if (address === undefined) return;
  if (spent[place] === null) {
    throw new CoordinatorError('node_unavailable', 'the nodes do not agree about an address now', {
      next: 'repeat the call when they do; see /readyz',
    });
  }
  throw new CoordinatorError(
    'address_spent',
    `${withChecksum(address)} has been spent from: its key has signed`,
    {
      next: "import the signer's record (POST /v1/record-exports), and order a bring-back of the others",
    },
  );
}

/**
 * Opens a set-aside again that a restored coordinator has forgotten, as its slip has it: its addresses leave
 * sweeping, and its receipt may be given again. @throws CoordinatorError cold_order_unknown, slip_mismatch
 */
async function reopenCustody(
  coordinator: Coordinator,
  id: string,
  file: Uint8Array,
): Promise<void> {
  const { slip, digest: slipDigest } = openOwnSlip(coordinator, file);
  if (slip.orderId !== id) needOrder(coordinator, id);
  await coordinator.ledger.execute(({ draft, record }) => {
    for (const { address, uuid } of slip.addresses) {
      if (draft.get('addresses', address)?.commitment === uuidCommitment(uuid)) continue;
      throw new CoordinatorError('slip_mismatch', `${withChecksum(address)} is not known here`, {
        next: 'import the address batches that this coordinator has forgotten, then send the slip again',
      });
    }
    const { keyringId, createdAt } = slip;
    const addresses = slip.addresses.map(({ address }) => address);
    const amounts = slip.addresses.map(({ amount }) => amount);
    const fields = { keyringId, addresses, amounts, slipDigest, createdAt };
    try {
      record({ type: 'custody.opened', orderId: id, ...fields, reference: 'by its slip' });
    } catch (cause) {
      if (!(cause instanceof LedgerViolation)) throw cause;
      throw wrongState(
        cause.message,
        'import the signer’s record and wait until what it names is booked',
      );
    }
  });
}

/** Whether the slip of a bring-back was taken before. @throws CoordinatorError cold_order_state */
function isTaken({ id, status }: ColdOrderRow): boolean {
  if (status === 'done' || status === 'open') return status === 'done';
  throw wrongState(`cold order ${id} is ${status}`, 'order anew');
}

/**
 * Completes a bring-back with the slip of its custody. Taking it again changes nothing.
 * @throws CoordinatorError slip_mismatch, address_spent, cold_order_state: nothing is kept
 */
export async function takeSlip(
  coordinator: Coordinator,
  id: string,
  file: Uint8Array,
): Promise<void> {
  if (coordinator.ledger.state.get('coldOrders', id) === undefined) {
    await reopenCustody(coordinator, id, file);
    return;
  }
  const order = needOrder(coordinator, id);
  if (order.type !== 'bring-back') {
    throw wrongState(
      `cold order ${id} is a ${order.type}`,
      'order a bring-back first: POST /v1/cold-orders {"type":"bring-back","custodyId":…}',
    );
  }
  const custody = needOrder(coordinator, order.custodyId ?? '');
  const { slip, digest } = openOwnSlip(coordinator, file);
  if (digest !== custody.slipDigest) {
    throw new CoordinatorError(
      'slip_mismatch',
      `the slip is of ${slip.orderId}, not ${custody.id}`,
      {
        next: `nothing was kept; ${whereSlipIs(custody)}`,
      },
    );
  }
  if (isTaken(order)) return;
  await assertUnspent(coordinator, order.addresses);
  await coordinator.ledger.execute(({ draft, record, write }) => {
    // Taken or called off, perhaps, while the nodes were asked.
    if (isTaken(draft.get('coldOrders', id) ?? order)) return;
    const lost = order.addresses.find((address) => {
      const row = draft.get('addresses', address);
      return row === undefined || !isHeld(row, custody.id);
    });
    if (lost !== undefined) {
      throw wrongState(
        `${withChecksum(lost)} cannot be brought back: ${whyNotHeld(draft, lost, custody.id)}`,
        `POST /v1/cold-orders/${id}/cancel, and order the others`,
      );
    }
    for (const { uuid, address } of slip.addresses) {
      if (!order.addresses.includes(address)) continue;
      if (draft.get('addresses', address)?.commitment !== uuidCommitment(uuid)) {
        throw new TypeError('a slip of ours names another UUID for an address');
      }
      write(putUuid(uuid));
    }
    record({ type: 'bring-back.done', orderId: id });
  });
}
