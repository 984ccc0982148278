/** The laptop's camera, and what codes it sees. The reader's WebAssembly is this coordinator's own. */
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

const WASM_PATH = '/gap/zxing_reader.wasm';
/** Milliseconds between pictures: a code is on the screen for 80 at the quickest. */
const PICTURE_MS = 40;

/** Loads the reader; from elsewhere it is never loaded, nor would the page's policy allow it. */
export async function loadReader(): Promise<void> {
  const response = await fetch(WASM_PATH);
  if (!response.ok) throw new Error(`${WASM_PATH}: ${response.status}`);
  const wasmBinary = await response.arrayBuffer();
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
}

export interface Watch {
  readonly stop: () => void;
}

export interface Watcher {
  readonly onCode: (text: string) => void;
  /** The camera was taken away, or its pictures cannot be read: nothing more will come. */
  readonly onFailure: (cause: unknown) => void;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Shows the camera's picture and hands out the text of each code, until it is stopped. */
export async function watchCamera(
  video: HTMLVideoElement,
  { onCode, onFailure }: Watcher,
): Promise<Watch> {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d', { willReadFrequently: true });
  if (pen === null) throw new Error('this browser draws nothing');
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
  });
  const tracks = stream.getTracks();
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    for (const track of tracks) track.stop();
    // Another watch may show its picture there by now.
    if (video.srcObject === stream) video.srcObject = null;
  };
  for (const track of tracks) {
    track.addEventListener('ended', () => onFailure(new Error('the camera was taken away')));
  }
  video.srcObject = stream;
  try {
    await video.play();
  } catch (cause) {
    stop();
    throw cause;
  }
  const look = async (): Promise<void> => {
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    pen.drawImage(video, 0, 0);
    const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
    const codes = await readBarcodes(picture, { formats: ['QRCode'], tryHarder: true });
    for (const { text, isValid } of codes) if (isValid && !isStopped) onCode(text);
  };
  const watch = async (): Promise<void> => {
    while (!isStopped) {
      if (video.videoWidth > 0) await look();
      await pause(PICTURE_MS);
    }
  };
  watch().catch(onFailure);
  return { stop };
}
