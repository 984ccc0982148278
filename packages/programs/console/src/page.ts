/** The page /gap: plays what is to be signed, and scans the answer with the laptop's camera. */
import { loadReader, type Watch, watchCamera } from './camera.ts';
import { GapApi, type Showable } from './gap-api.ts';
import { Player } from './player.ts';
import { ScanSession } from './scan-session.ts';

const QUIET_MODULES = 4;
/** Milliseconds between calls that hand codes on. */
const SEND_MS = 250;

function element<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new TypeError(`the page has no ${id}`);
}

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

export class GapPage {
  readonly #canvas = element('code', HTMLCanvasElement);
  readonly #video = element('camera', HTMLVideoElement);
  readonly #select = element('what', HTMLSelectElement);
  readonly #progress = element('progress', HTMLProgressElement);
  readonly #size = element('size', HTMLSelectElement);
  #api: GapApi | null = null;
  #showables: readonly Showable[] = [];
  #player: Player | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: Watch | null = null;
  /** Grow with every choice and with every start or stop: what comes late sees that it is not wanted. */
  #shows = 0;
  #scans = 0;

  start(): void {
    element('sign-in', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#try('notice', () => this.#signIn());
    });
    const show = (): void => void this.#try('status', () => this.#show());
    this.#select.addEventListener('change', show);
    this.#size.addEventListener('change', show);
    const keys: Readonly<Record<string, () => void>> = {
      pause: () => this.#control((player) => (player.isPaused = !player.isPaused)),
      slower: () => this.#control((player) => player.changeSpeed(-1)),
      faster: () => this.#control((player) => player.changeSpeed(1)),
    };
    for (const [id, act] of Object.entries(keys)) {
      element(id, HTMLButtonElement).addEventListener('click', act);
    }
    element('refresh', HTMLButtonElement).addEventListener('click', () => {
      void this.#try('status', () => this.#list());
    });
    element('scan', HTMLButtonElement).addEventListener('click', () => {
      void this.#try('scanned', () => this.#scan());
    });
    element('scan-any', HTMLButtonElement).addEventListener('click', () => {
      void this.#try('scanned', () => this.#scan(null));
    });
    element('stop', HTMLButtonElement).addEventListener('click', () => this.#stop('stopped'));
  }

  #say(id: 'notice' | 'status' | 'scanned' | 'words', text: string): void {
    element(id, HTMLParagraphElement).textContent = text;
  }

  /** Whatever fails is said where the officer looks. */
  async #try(id: 'notice' | 'status' | 'scanned', work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      this.#say(id, textOf(cause));
    }
  }

  async #signIn(): Promise<void> {
    const key = element('key', HTMLInputElement);
    this.#api = new GapApi(key.value);
    key.value = '';
    await this.#list();
    document.body.dataset.state = 'signed-in';
  }

  #need(): GapApi {
    if (this.#api === null) throw new TypeError('enter the API key first');
    return this.#api;
  }

  get #chosen(): Showable | undefined {
    return this.#showables[this.#select.selectedIndex];
  }

  async #list(): Promise<void> {
    const chosen = this.#chosen?.path;
    this.#showables = await this.#need().showables();
    this.#select.replaceChildren(
      ...this.#showables.map(({ name, path }) => new Option(name, path, false, path === chosen)),
    );
    await this.#show();
  }

  async #show(): Promise<void> {
    const chosen = this.#chosen;
    if (chosen === undefined) return;
    this.#stop('');
    // No code of what was chosen before stays under the new choice.
    this.#player = null;
    clearTimeout(this.#timer);
    this.#canvas.getContext('2d')?.reset();
    this.#say('words', '');
    this.#say('status', 'the codes are being made…');
    this.#shows += 1;
    const shows = this.#shows;
    const version = this.#size.value === '' ? null : Number(this.#size.value);
    const codes = await this.#need().codes(chosen, version);
    if (shows !== this.#shows) return;
    this.#player = new Player(codes);
    const { words } = chosen;
    this.#say('words', words.length === 0 ? '' : `Words: ${words.join(' ').toUpperCase()}`);
    this.#tick();
  }

  #control(act: (player: Player) => void): void {
    if (this.#player === null) return;
    act(this.#player);
    this.#tick();
  }

  #tick(): void {
    clearTimeout(this.#timer);
    const player = this.#player;
    if (player === null) return;
    this.#draw(player);
    this.#say('status', player.status);
    const { waitMs } = player;
    if (waitMs === null) return;
    this.#timer = setTimeout(() => {
      player.next();
      this.#tick();
    }, waitMs);
  }

  #draw(player: Player): void {
    const side = player.size + 2 * QUIET_MODULES;
    const scale = Math.max(4, Math.floor(900 / side));
    const pen = this.#canvas.getContext('2d');
    if (pen === null) return;
    this.#canvas.width = side * scale;
    this.#canvas.height = side * scale;
    pen.fillStyle = '#fff';
    pen.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    pen.fillStyle = '#000';
    for (let y = 0; y < player.size; y += 1) {
      for (let x = 0; x < player.size; x += 1) {
        if (!player.isDark(x, y)) continue;
        pen.fillRect((x + QUIET_MODULES) * scale, (y + QUIET_MODULES) * scale, scale, scale);
      }
    }
  }

  /** Scans until a file is whole. A new scan never takes over what an earlier one has seen. */
  async #scan(requestId: string | null = this.#chosen?.requestId ?? null): Promise<void> {
    const api = this.#need();
    this.#stop('starting the camera…');
    const scan = this.#scans;
    const isWanted = (): boolean => this.#scans === scan;
    const session = new ScanSession();
    await loadReader();
    if (!isWanted()) return;
    const watch = await watchCamera(this.#video, {
      onCode: (text) => session.see(text),
      onFailure: (cause) => isWanted() && this.#stop(textOf(cause)),
    });
    if (!isWanted()) {
      watch.stop();
      return;
    }
    this.#watch = watch;
    document.body.dataset.scan = 'on';
    this.#say('scanned', 'show the signer’s codes to the camera');
    while (isWanted()) {
      await this.#handOn(api, requestId, session);
      await new Promise((resolve) => setTimeout(resolve, SEND_MS));
    }
  }

  async #handOn(api: GapApi, requestId: string | null, session: ScanSession): Promise<void> {
    const batch = session.takeBatch();
    if (batch.length === 0) return;
    try {
      const { received, needed, complete, imported } = await api.send(requestId, batch);
      if (needed === 0) return;
      this.#progress.max = needed;
      this.#progress.value = received;
      if (!complete) {
        this.#say('scanned', `${received} of ${needed} codes, ${needed - received} are missing`);
        return;
      }
      this.#stop(`imported: ${imported?.type} of ${imported?.id}`);
      await this.#list();
      this.#progress.value = this.#progress.max;
      this.#say('scanned', `imported: ${imported?.type} of ${imported?.id}`);
      document.body.dataset.scan = 'done';
    } catch (cause) {
      session.giveBack(batch);
      this.#stop(textOf(cause));
    }
  }

  #stop(text: string): void {
    this.#scans += 1;
    this.#watch?.stop();
    this.#watch = null;
    document.body.dataset.scan = 'off';
    this.#progress.value = 0;
    this.#say('scanned', text);
  }
}
