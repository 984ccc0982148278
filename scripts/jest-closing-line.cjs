/**
 * Jest reporter: the closing line of `npm test`, written at exit so that it comes after Jest's own
 * summary. A suite that could not run counts as a failure.
 */
module.exports = class ClosingLine {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed`;
    process.on('exit', () =>
      process.stdout.write(`${line}${skipped ? `, ${skipped} skipped` : ''}\n`),
    );
  }
};
