/** One self-contained page that plays codes, for a machine without a network: no link leads out of it. */
import type { Frame } from './animation.ts';
import { packedModules, QUIET_MODULES } from './matrix.ts';

const escaped = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const STYLE = `
  :root { color-scheme: light; }
  body { margin: 0; background: #fff; color: #000; font: 16px/1.4 system-ui, sans-serif; text-align: center; }
  canvas { display: block; margin: 0 auto; width: min(96vw, 84vh); height: min(96vw, 84vh); image-rendering: pixelated; }
  p { margin: .3em; } button { font: inherit; padding: .3em .8em; margin: .2em; }`;

const SCRIPT = `
  const canvas = document.querySelector('canvas');
  const status = document.querySelector('#status');
  const quiet = ${QUIET_MODULES};
  let at = 0, speed = data.codesPerSecond, timer = null;
  const codes = data.codes.map((code) => Uint8Array.from(atob(code), (c) => c.charCodeAt(0)));
  function draw() {
    const side = data.size + 2 * quiet, scale = Math.max(4, Math.floor(900 / side));
    canvas.width = canvas.height = side * scale;
    const pen = canvas.getContext('2d');
    pen.fillStyle = '#fff'; pen.fillRect(0, 0, canvas.width, canvas.height); pen.fillStyle = '#000';
    for (let i = 0; i < data.size * data.size; i += 1) {
      if (codes[at][i >> 3] & (0x80 >> (i & 7))) {
        pen.fillRect((i % data.size + quiet) * scale, (Math.floor(i / data.size) + quiet) * scale, scale, scale);
      }
    }
    status.textContent = 'code ' + (at + 1) + ' of ' + codes.length + ', ' + speed + ' a second' + (timer ? '' : ', paused');
    document.body.dataset.code = String(at);
  }
  function next() { at = (at + 1) % codes.length; draw(); }
  function play(isOn) { clearInterval(timer); timer = isOn && codes.length > 1 ? setInterval(next, 1000 / speed) : null; draw(); }
  const change = (by) => { speed = Math.min(12, Math.max(2, speed + by)); play(timer !== null); };
  const keys = { ' ': () => play(timer === null), '+': () => change(1), '-': () => change(-1), ArrowRight: () => { play(false); next(); } };
  document.addEventListener('keydown', (event) => { const act = keys[event.key]; if (act) { event.preventDefault(); act(); } });
  document.querySelector('#pause').onclick = keys[' '];
  document.querySelector('#slower').onclick = keys['-'];
  document.querySelector('#faster').onclick = keys['+'];
  play(true);`;

/** @param title what the codes are, for people */
export function htmlPlayer(
  frames: Iterable<Frame>,
  { title, codesPerSecond }: { readonly title: string; readonly codesPerSecond: number },
): string {
  const all = [...frames];
  const data = {
    codesPerSecond,
    size: all[0]?.matrix.size ?? 0,
    codes: all.map(({ matrix }) => packedModules(matrix)),
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escaped(title)}</title>
<style>${STYLE}
</style>
</head>
<body>
<canvas role="img" aria-label="QR code"></canvas>
<p><strong>${escaped(title)}</strong> · <span id="status"></span></p>
<p><button id="slower">− slower</button><button id="pause">pause (space)</button><button id="faster">faster +</button></p>
<script>
const data = ${JSON.stringify(data)};${SCRIPT}
</script>
</body>
</html>
`;
}
