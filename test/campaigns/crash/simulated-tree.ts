/**
 * Files and folders in two states: the volatile one, which every process sees, and the durable one,
 * which a power cut leaves. As POSIX has it, a file's bytes are durable up to its last fsync, and names
 * (create, link, rename, unlink, mkdir) once their folder has been synced; of what was not synced any
 * part may survive.
 */
import { basename, dirname } from 'node:path';
import { pick, type Random } from '../decoders/random.ts';

export interface SimulatedFile {
  readonly kind: 'file';
  bytes: Uint8Array;
  durable: Uint8Array;
  /** A failed fsync has lost bytes that a later fsync will not write, as Linux has it. */
  isLost: boolean;
}

export interface SimulatedFolder {
  readonly kind: 'folder';
  readonly names: Map<string, SimulatedNode>;
  readonly durable: Map<string, SimulatedNode>;
}

export type SimulatedNode = SimulatedFile | SimulatedFolder;

/** One change of names, which survives as a whole or not at all. */
export type Change = readonly {
  readonly folder: SimulatedFolder;
  readonly name: string;
  readonly node: SimulatedNode | null;
}[];

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '');

export const newFolder = (): SimulatedFolder => ({
  kind: 'folder',
  names: new Map(),
  durable: new Map(),
});

/** A file whose bytes are durable. */
export const newFile = (bytes: Uint8Array): SimulatedFile => ({
  kind: 'file',
  bytes,
  durable: bytes,
  isLost: false,
});

function apply(change: Change, state: 'names' | 'durable'): void {
  for (const { folder, name, node } of change) {
    if (node === null) folder[state].delete(name);
    else folder[state].set(name, node);
  }
}

export class SimulatedTree {
  private root: SimulatedFolder = newFolder();
  /** Changes of names that are not durable yet, in their order. */
  private pending: Change[] = [];

  find(path: string): SimulatedNode | null {
    let node: SimulatedNode = this.root;
    for (const name of partsOf(path)) {
      const next: SimulatedNode | undefined =
        node.kind === 'folder' ? node.names.get(name) : undefined;
      if (next === undefined) return null;
      node = next;
    }
    return node;
  }

  /** The name and its folder, or null if that does not exist. */
  placeOf(path: string): { folder: SimulatedFolder; name: string } | null {
    const folder = this.find(dirname(path));
    return folder?.kind === 'folder' ? { folder, name: basename(path) } : null;
  }

  change(change: Change): void {
    apply(change, 'names');
    this.pending.push(change);
  }

  sync(node: SimulatedNode): void {
    if (node.kind === 'file') {
      if (!node.isLost) node.durable = node.bytes;
      return;
    }
    const isHere = (change: Change): boolean => change.some(({ folder }) => folder === node);
    for (const change of this.pending.filter(isHere)) apply(change, 'durable');
    this.pending = this.pending.filter((change) => !isHere(change));
  }

  /** Loses what was not synced, less any part of it that `random` chooses. */
  cutPower(random: Random): void {
    const mode = pick(random, ['none', 'prefix', 'subset'] as const);
    const kept = random(this.pending.length + 1);
    for (const [index, change] of this.pending.entries()) {
      const survives = mode === 'prefix' ? index < kept : mode === 'subset' && random(2) === 0;
      if (survives) apply(change, 'durable');
    }
    this.settle((file) => (mode === 'none' ? file.durable : survivorOf(file, random)));
  }

  /** A copy of what is certain to survive a power cut now. */
  durableCopy(): SimulatedTree {
    const copy = this.clone();
    copy.settle((file) => file.durable);
    return copy;
  }

  /** A copy of both states. */
  clone(): SimulatedTree {
    const copy = new SimulatedTree();
    const copies = new Map<SimulatedNode, SimulatedNode>();
    copy.root = cloneFolder(this.root, copies);
    copy.pending = this.pending.map((change) =>
      change.map(({ folder, name, node }) => ({
        folder: cloneFolder(folder, copies),
        name,
        node: node === null ? null : cloneNode(node, copies),
      })),
    );
    return copy;
  }

  /** Puts a file there, durable with the folders above it. */
  put(path: string, bytes: Uint8Array): void {
    const folder = this.folderAt(dirname(path));
    const file = newFile(bytes);
    folder.names.set(basename(path), file);
    folder.durable.set(basename(path), file);
  }

  /** Copies a folder's durable state from another tree, as a backup does. */
  copyFolder(source: SimulatedTree, { from, to }: { from: string; to: string }): void {
    const folder = source.durableCopy().find(from);
    const above = this.folderAt(dirname(to));
    if (folder === null) return;
    above.names.set(basename(to), folder);
    above.durable.set(basename(to), folder);
  }

  /** A folder, made durable with those above it. */
  private folderAt(path: string): SimulatedFolder {
    let folder = this.root;
    for (const name of partsOf(path)) {
      const there = folder.names.get(name);
      const next: SimulatedFolder = there?.kind === 'folder' ? there : newFolder();
      folder.names.set(name, next);
      folder.durable.set(name, next);
      folder = next;
    }
    return folder;
  }

  /** Makes the durable state the only one. */
  private settle(survivor: (file: SimulatedFile) => Uint8Array): void {
    this.pending = [];
    const seen = new Set<SimulatedNode>();
    const visit = (node: SimulatedNode): void => {
      if (seen.has(node)) return;
      seen.add(node);
      if (node.kind === 'file') {
        node.bytes = survivor(node);
        node.durable = node.bytes;
        node.isLost = false;
        return;
      }
      node.names.clear();
      for (const [name, child] of node.durable) {
        node.names.set(name, child);
        visit(child);
      }
    };
    visit(this.root);
  }
}

/** What a power cut leaves of a file: what was synced, or a torn, zeroed or whole later content. */
function survivorOf(file: SimulatedFile, random: Random): Uint8Array {
  if (file.bytes === file.durable) return file.durable;
  const length = random(file.bytes.length + 1);
  return pick(random, [
    file.durable,
    file.bytes,
    file.bytes.slice(0, length),
    new Uint8Array(length),
  ]);
}

type Copies = Map<SimulatedNode, SimulatedNode>;

function cloneFolder(folder: SimulatedFolder, copies: Copies): SimulatedFolder {
  const known = copies.get(folder);
  if (known?.kind === 'folder') return known;
  const copy = newFolder();
  copies.set(folder, copy);
  for (const state of ['names', 'durable'] as const) {
    for (const [name, child] of folder[state]) copy[state].set(name, cloneNode(child, copies));
  }
  return copy;
}

function cloneNode(node: SimulatedNode, copies: Copies): SimulatedNode {
  if (node.kind === 'folder') return cloneFolder(node, copies);
  const known = copies.get(node);
  if (known !== undefined) return known;
  const copy: SimulatedFile = { ...node };
  copies.set(node, copy);
  return copy;
}
