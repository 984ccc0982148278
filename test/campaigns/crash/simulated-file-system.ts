/**
 * The signer's file system on a simulated tree. Every call that changes something is counted, and the
 * plan says at which of them the power goes, the process is killed or the call fails.
 */
import type { FileSystem } from '../../../packages/programs/signer/src/disk.ts';
import type { Random } from '../decoders/random.ts';
import {
  newFile,
  newFolder,
  type SimulatedFolder,
  type SimulatedNode,
  SimulatedTree,
} from './simulated-tree.ts';

export const PRIMITIVES = [
  'create',
  'write',
  'fsync',
  'link',
  'rename',
  'unlink',
  'mkdir',
  'output',
] as const;

export type Primitive = (typeof PRIMITIVES)[number];

export type ErrorCode = 'ENOSPC' | 'EIO' | 'EROFS';

/** What happens at the `at`-th primitive. */
export type Plan =
  | { readonly kind: 'power' | 'kill'; readonly at: number; readonly when: 'before' | 'after' }
  /** At the first from there on that can meet the error; `lasts`: and at every later one. */
  | {
      readonly kind: 'error';
      readonly at: number;
      readonly code: ErrorCode;
      readonly lasts: boolean;
    };

/** Thrown by every call once the process is dead. */
export class ProcessDied extends Error {
  override readonly name = 'ProcessDied';
}

/** Primitives that each error can meet. */
const MEETS: Readonly<Record<ErrorCode, readonly Primitive[]>> = {
  ENOSPC: ['create', 'write', 'fsync', 'link', 'rename', 'mkdir'],
  EIO: ['create', 'write', 'fsync', 'link', 'rename', 'unlink', 'mkdir'],
  EROFS: ['create', 'write', 'fsync', 'link', 'rename', 'unlink', 'mkdir'],
};

export interface Call {
  readonly primitive: Primitive;
  readonly path: string;
  /** Of a write: all the bytes that are to be written. */
  readonly bytes?: Uint8Array;
}

interface OpenFile {
  readonly path: string;
  readonly node: SimulatedNode;
}

function systemError(code: string, syscall: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${syscall} '${path}'`), { code, syscall, path });
}

export class SimulatedFileSystem implements FileSystem {
  readonly tree: SimulatedTree;
  /** Below this folder there are no hard links, as on a FAT stick. */
  linklessBelow: string | null = null;
  /** Called before a primitive has any effect. */
  onCall: (call: Call) => void = () => undefined;
  /** Calls since the process was started. */
  calls: Primitive[] = [];
  isDead = false;
  /** The primitive that met the plan. */
  met: Primitive | null = null;
  private plan: Plan | null = null;
  private hasShortened = false;
  private lastDescriptor = 2;
  private readonly files = new Map<number, OpenFile>();

  constructor(tree: SimulatedTree = new SimulatedTree()) {
    this.tree = tree;
  }

  /** Starts a process: nothing is open, and this happens to it. */
  startProcess(plan: Plan | null): void {
    this.plan = plan;
    this.calls = [];
    this.isDead = false;
    this.met = null;
    this.hasShortened = false;
    this.files.clear();
  }

  cutPower(random: Random): void {
    this.tree.cutPower(random);
  }

  /** A line on the terminal, which counts as a primitive. */
  output(): void {
    this.perform({ primitive: 'output', path: 'terminal' }, () => undefined);
  }

  readonly open = (path: string): number => {
    this.assertAlive();
    return this.descriptorOf({ path, node: this.need(path, 'open') });
  };

  readonly openNew = (path: string): number =>
    this.perform({ primitive: 'create', path }, () => {
      this.assertFree(path, 'open');
      const node = newFile(new Uint8Array());
      this.tree.change([{ ...this.placeOf(path), node }]);
      return this.descriptorOf({ path, node });
    });

  readonly write = (file: number, bytes: Uint8Array, from: number): number => {
    const { path, node } = this.opened(file);
    if (node.kind === 'folder') throw systemError('EISDIR', 'write', path);
    const call: Call = { primitive: 'write', path, bytes };
    const count = bytes.length - from;
    const add = (added: number): number => {
      node.bytes = new Uint8Array(Buffer.concat([node.bytes, bytes.subarray(from, from + added)]));
      node.isLost = false;
      return added;
    };
    if (this.isFillingUp() && count > 1) {
      // A disk that fills up takes a part first; the next call fails.
      this.hasShortened = true;
      this.onCall(call);
      return add(Math.floor(count / 2));
    }
    return this.perform(call, () => add(count));
  };

  readonly read = (file: number, bytes: Uint8Array, at: number): number => {
    const { path, node } = this.opened(file);
    if (node.kind === 'folder') throw systemError('EISDIR', 'read', path);
    const part = node.bytes.subarray(at, bytes.length);
    bytes.set(part, at);
    return part.length;
  };

  readonly stat = (file: number): { isFile: boolean; size: number } => {
    const { node } = this.opened(file);
    return { isFile: node.kind === 'file', size: node.kind === 'file' ? node.bytes.length : 0 };
  };

  readonly sync = (file: number): void => {
    const { path, node } = this.opened(file);
    // The kernel reports a failed fsync once and takes the pages for clean.
    if (this.isToFail('fsync') && node.kind === 'file') node.isLost = true;
    this.perform({ primitive: 'fsync', path }, () => this.tree.sync(node));
  };

  readonly close = (file: number): void => {
    this.assertAlive();
    this.files.delete(file);
  };

  readonly link = (from: string, to: string): void =>
    this.perform({ primitive: 'link', path: to }, () => {
      if (this.linklessBelow !== null && to.startsWith(this.linklessBelow)) {
        throw systemError('EPERM', 'link', to);
      }
      this.assertFree(to, 'link');
      this.tree.change([{ ...this.placeOf(to), node: this.need(from, 'link') }]);
    });

  readonly rename = (from: string, to: string): void =>
    this.perform({ primitive: 'rename', path: to }, () => {
      const node = this.need(from, 'rename');
      const there = this.tree.find(to);
      if (there?.kind === 'folder' && (node.kind === 'file' || there.names.size > 0)) {
        throw systemError('ENOTEMPTY', 'rename', to);
      }
      const gone = { ...this.placeOf(from), node: null };
      this.tree.change([gone, { ...this.placeOf(to), node }]);
    });

  readonly unlink = (path: string): void =>
    this.perform({ primitive: 'unlink', path }, () => {
      this.need(path, 'unlink');
      this.tree.change([{ ...this.placeOf(path), node: null }]);
    });

  readonly makeFolder = (path: string): void => {
    this.assertAlive();
    if (this.tree.find(path) !== null) return;
    this.perform({ primitive: 'mkdir', path }, () =>
      this.tree.change([{ ...this.placeOf(path), node: newFolder() }]),
    );
  };

  readonly removeFolder = (path: string): void => {
    this.assertAlive();
    if (this.tree.find(path) === null) return;
    this.perform({ primitive: 'unlink', path }, () =>
      this.tree.change([{ ...this.placeOf(path), node: null }]),
    );
  };

  readonly names = (path: string): string[] => {
    this.assertAlive();
    const node = this.need(path, 'scandir');
    if (node.kind === 'file') throw systemError('ENOTDIR', 'scandir', path);
    return [...node.names.keys()];
  };

  readonly exists = (path: string): boolean => {
    this.assertAlive();
    return this.tree.find(path) !== null;
  };

  /** Counts one primitive, meets the plan, and does the work. */
  private perform<T>(call: Call, work: () => T): T {
    this.assertAlive();
    const { plan } = this;
    const fails = this.isToFail(call.primitive);
    this.calls.push(call.primitive);
    const dies = plan !== null && plan.kind !== 'error' && plan.at === this.calls.length;
    if (dies || fails) this.met ??= call.primitive;
    if (dies && plan.when === 'before') return this.die();
    this.onCall(call);
    if (fails && plan?.kind === 'error') throw systemError(plan.code, call.primitive, call.path);
    const result = work();
    return dies ? this.die() : result;
  }

  private isToFail(primitive: Primitive): boolean {
    const { plan } = this;
    if (plan?.kind !== 'error' || !MEETS[plan.code].includes(primitive)) return false;
    return this.met === null ? this.calls.length + 1 >= plan.at : plan.lasts;
  }

  private isFillingUp(): boolean {
    const { plan } = this;
    const isFull = plan?.kind === 'error' && plan.code === 'ENOSPC';
    return isFull && this.met === null && !this.hasShortened && this.isToFail('write');
  }

  private die(): never {
    this.isDead = true;
    throw new ProcessDied('the process is dead');
  }

  private assertAlive(): void {
    if (this.isDead) this.die();
  }

  private descriptorOf(file: OpenFile): number {
    this.lastDescriptor += 1;
    this.files.set(this.lastDescriptor, file);
    return this.lastDescriptor;
  }

  private opened(descriptor: number): OpenFile {
    this.assertAlive();
    const file = this.files.get(descriptor);
    if (file === undefined) throw systemError('EBADF', 'fstat', String(descriptor));
    return file;
  }

  private need(path: string, syscall: string): SimulatedNode {
    const node = this.tree.find(path);
    if (node === null) throw systemError('ENOENT', syscall, path);
    return node;
  }

  private placeOf(path: string): { folder: SimulatedFolder; name: string } {
    const place = this.tree.placeOf(path);
    if (place === null) throw systemError('ENOENT', 'open', path);
    return place;
  }

  private assertFree(path: string, syscall: string): void {
    if (this.tree.find(path) !== null) throw systemError('EEXIST', syscall, path);
  }
}
