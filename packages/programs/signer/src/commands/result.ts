/** What a command gives back: lines for people, one object for `--json`. */
export interface CommandResult {
  readonly lines: readonly string[];
  readonly json: Readonly<Record<string, unknown>>;
}

/** Options that every command has. */
export interface CommonOptions {
  readonly home: string;
  readonly passphraseFile?: string | undefined;
}
