/**
 * Jest reporter: writes the closing line of `npm test` to the file that AIRLOCK_CLOSING_LINE names, for
 * the launcher to print when Jest has ended. A suite that could not run counts as a failure.
 */
const { writeFileSync } = require('node:fs');

module.exports = class ClosingLine {
  onRunComplete(_contexts, results) {
    const path = process.env.AIRLOCK_CLOSING_LINE;
    if (path === undefined) return;
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    const skipped = results.numPendingTests + results.numTodoTests;
    const line = `${results.numPassedTests} passed, ${failed} failed`;
    writeFileSync(path, `${line}${skipped ? `, ${skipped} skipped` : ''}\n`);
  }
};
