/** What an operation is made of: parameters, query, body and reply. */

export type None = Readonly<Record<string, never>>;

export interface Shape {
  readonly params?: object;
  readonly query?: object;
  /** JSON, or the bytes of an Airlock file. */
  readonly body?: object | Uint8Array;
  readonly reply: unknown;
}

export interface Op<S extends Shape> {
  readonly params: S extends { params: infer P } ? P : None;
  readonly query: S extends { query: infer Q } ? Q : None;
  readonly body: S extends { body: infer B } ? B : null;
  readonly reply: S['reply'];
}

export type ById = { readonly id: string };
