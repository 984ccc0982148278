/** Text that comes from files, folders or arguments, made safe for a terminal. */

/** Controls (C0, DEL, C1), format characters such as bidirectional overrides, line separators, halves. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu;

/** The text with every character that could move the cursor or reorder the line as `\u{…}`. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
