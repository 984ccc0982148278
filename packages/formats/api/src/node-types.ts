/** What the API tells of the IOTA nodes. */

/** One IOTA node, as the coordinator knows it. */
export interface NodeHealthView {
  /** Its URL without name, password, path and query. */
  readonly name: string;
  readonly state: 'ok' | 'failing' | 'lagging' | 'disagrees' | 'unknown';
  readonly since: string;
  readonly detail: string;
  /** The latest solid milestone that it reported. */
  readonly milestone: number | null;
}

export interface NodesView {
  /** How many nodes must agree. */
  readonly quorum: number;
  readonly nodes: readonly NodeHealthView[];
}
