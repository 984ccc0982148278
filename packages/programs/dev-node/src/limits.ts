/** Every limit of the dev node, with its unit; those that IRI has too carry IRI's default value. */

/** A bundle of 1,000 transactions is 2.7 MB of trytes (IRI: 1,000,000 characters). */
export const BODY_BYTES_MAX: number = 4 * 1024 * 1024;
/** Items of one list in a request (IRI: maxRequestsList). */
export const REQUEST_LIST_MAX = 1000;
/** Hashes that findTransactions may find (IRI: maxFindTransactions). */
export const FIND_TRANSACTIONS_MAX = 100_000;
/** Transactions that one getTrytes may return (IRI: maxGetTrytes). */
export const GET_TRYTES_MAX = 10_000;
/** Milestones that tip selection may look back (IRI: maxDepth). */
export const DEPTH_MAX = 15;
/** What the main network asks for; it holds the process for some seconds a transaction. */
export const MIN_WEIGHT_MAGNITUDE_MAX = 14;
/** Seconds that a timestamp may lie ahead of the clock (IRI: 2 hours). */
export const TIMESTAMP_FUTURE_SECONDS_MAX: number = 2 * 60 * 60;
/** Unix seconds of the dev net's snapshot, 2020-01-01: transactions may not be older. */
export const SNAPSHOT_TIMESTAMP_SECONDS = 1_577_836_800;
/** Separate tips that one milestone joins; each costs one proof of work. */
export const MILESTONE_TIPS_MAX = 128;
/** Milliseconds between milestones: at least enough to make one, at most what a timer holds. */
export const MILESTONE_MS_MIN = 50;
export const MILESTONE_MS_MAX: number = 24 * 60 * 60 * 1000;
/** Characters of a faulty request that an error repeats. */
export const ECHO_CHARACTERS_MAX = 100;
