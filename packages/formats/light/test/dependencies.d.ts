/** The parts of untyped packages that the tests hold this one against. */
declare module 'pngjs' {
  export interface PngPicture {
    readonly width: number;
    readonly height: number;
    /** Four bytes a pixel. */
    readonly data: Buffer;
  }
  export interface PngOptions {
    readonly colorType?: 0 | 2 | 4 | 6;
    readonly filterType?: -1 | 0 | 1 | 2 | 3 | 4;
    readonly bitDepth?: 8 | 16;
    readonly inputHasAlpha?: boolean;
  }
  export class PNG implements PngPicture {
    constructor(size: { readonly width: number; readonly height: number });
    readonly width: number;
    readonly height: number;
    readonly data: Buffer;
    static readonly sync: {
      read(file: Uint8Array): PngPicture;
      write(picture: PngPicture, options?: PngOptions): Buffer;
    };
  }
}
declare module 'omggif' {
  export interface GifFrame {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
    /** Hundredths of a second. */
    readonly delay: number;
    readonly disposal: number;
    readonly transparent_index: number | null;
    /** Where the LZW data begin, and their bytes with the lengths of the blocks. */
    readonly data_offset: number;
    readonly data_length: number;
  }
  export class GifReader {
    constructor(file: Uint8Array);
    readonly width: number;
    readonly height: number;
    numFrames(): number;
    /** 0: for ever; null: once. */
    loopCount(): number | null;
    frameInfo(index: number): GifFrame;
    decodeAndBlitFrameRGBA(index: number, pixels: Uint8Array): void;
  }
}
