/** What a goal is held against: means and percentiles of many trials. */

export interface Summary {
  readonly mean: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** The smallest value that at least a share of all does not exceed (nearest rank). */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export const median = (values: readonly number[]): number => percentile(values, 0.5);

export function summaryOf(values: readonly number[]): Summary {
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    p95: percentile(values, 0.95),
    p99: percentile(values, 0.99),
    max: percentile(values, 1),
  };
}

/** Mean, p95 and p99, as in tables. */
export const textOf = ({ mean, p95, p99 }: Summary): string => `${mean.toFixed(1)}/${p95}/${p99}`;
