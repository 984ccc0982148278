/** The stopwatch of the benchmarks, for machines that others use as well. */

/**
 * Milliseconds by the clock or of the processor, whichever are fewer: the one is too long where others
 * use the machine, the other where threads of the engine run beside.
 */
export function stopwatch(): () => number {
  const [began, used] = [process.hrtime.bigint(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(used);
    return Math.min(Number(process.hrtime.bigint() - began) / 1e6, (user + system) / 1e3);
  };
}
