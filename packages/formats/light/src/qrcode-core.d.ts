/** The part of `qrcode` that makes a code's modules and touches nothing else. */
declare module 'qrcode/lib/core/error-correction-level.js' {
  export const L: { readonly bit: number };
}
declare module 'qrcode/lib/core/mode.js' {
  export const ALPHANUMERIC: { readonly id: 'Alphanumeric' };
}
declare module 'qrcode/lib/core/version.js' {
  export function getCapacity(
    version: number,
    level: { readonly bit: number },
    mode: { readonly id: 'Alphanumeric' },
  ): number;
}
declare module 'qrcode/lib/core/qrcode.js' {
  export function create(
    segments: readonly { readonly data: string; readonly mode: 'alphanumeric' }[],
    options: {
      readonly version: number;
      readonly errorCorrectionLevel: 'L';
      readonly maskPattern: 0;
    },
  ): { readonly modules: { readonly size: number; readonly data: Uint8Array } };
}
