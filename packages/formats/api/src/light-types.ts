/** What the operations by QR codes take and give. */

/** A page, a picture, or JSON, with its media type. */
export interface Media {
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** How a file is shown as codes; JSON frames are of the form {@link CodeFrames}. */
export interface CodesQuery {
  /** Default: html. */
  readonly format?: 'html' | 'gif' | 'frames' | undefined;
  /** Codes a second. */
  readonly speed?: number | undefined;
  readonly codeVersion?: number | undefined;
  /** For other readers of Uniform Resources. */
  readonly sequential?: 'true' | 'false' | undefined;
}

export interface CodeFrames {
  readonly version: number;
  /** Modules a side. */
  readonly size: number;
  /** Codes that a reader needs who misses none. */
  readonly count: number;
  readonly codesPerSecond: number;
  readonly codes: readonly {
    readonly text: string;
    /** Base64: a bit a module, row by row, the first bit highest; 1 is dark. */
    readonly modules: string;
  }[];
}

export interface FramesTaken {
  /** Different codes so far, of the transfer that is furthest. */
  readonly received: number;
  /** 0 before the first code. */
  readonly needed: number;
  readonly complete: boolean;
  /** What the codes gave and where it belongs: id of keyring or request. */
  readonly imported: { readonly type: string; readonly id: string } | null;
}
