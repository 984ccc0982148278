/** Memory for secrets: outside V8's heap, whose collector leaves copies behind when it moves arrays. */

/** Zeroed bytes that stay where they are until they are overwritten. */
export function secretBytes(length: number): Uint8Array {
  return new Uint8Array(new ArrayBuffer(length));
}

/** Moves bytes into memory that stays where it is; those handed in are overwritten. */
export function moveSecret(bytes: Uint8Array): Uint8Array {
  const moved = secretBytes(bytes.length);
  moved.set(bytes);
  bytes.fill(0);
  return moved;
}
