/** One self-contained page that plays codes, for a machine without a network: no link leads out of it. */
import type { Frame } from './animation.ts';
import { packedModules, QUIET_MODULES } from './matrix.ts';
import { encodePng } from './png.ts';

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

const SHEET_STYLE = `
  :root { color-scheme: light; }
  body { margin: 12mm; background: #fff; color: #000; font: 11px/1.4 ui-monospace, monospace; }
  h1 { font: 600 18px/1.3 system-ui, sans-serif; margin: 0 0 4mm; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 0 6mm; }
  figure { display: inline-block; margin: 0 6mm 6mm 0; break-inside: avoid; text-align: center; }
  img { width: 80mm; height: 80mm; image-rendering: pixelated; display: block; }`;

/** Pixels a module of a printed code. */
const SHEET_SCALE = 4;

/**
 * One self-contained page to be printed: what it is in plain text, and its codes side by side, each with
 * its number. Nothing moves, and no link leads out of it.
 */
export function htmlSheet(
  frames: Iterable<Frame>,
  { title, lines }: { readonly title: string; readonly lines: readonly string[] },
): string {
  const pictures = [...frames].map(({ matrix }) =>
    Buffer.from(encodePng(matrix, SHEET_SCALE)).toString('base64'),
  );
  const figures = pictures.map(
    (picture, place) =>
      `<figure><img alt="code ${place + 1}" src="data:image/png;base64,${picture}"><figcaption>code ${place + 1} of ${pictures.length}</figcaption></figure>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escaped(title)}</title>
<style>${SHEET_STYLE}
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
<pre>${escaped(lines.join('\n'))}</pre>
${figures.join('\n')}
</body>
</html>
`;
}
