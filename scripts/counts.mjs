// `node scripts/counts.mjs [folder] [failed commands]`: one line over all of vitest's JSON reports in the folder.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = '.reports', failedCommands = '0'] = process.argv.slice(2);

/** @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: { status: string, assertionResults: { status: string }[] }[] }} Report */

const total = { passed: 0, failed: 0, skipped: 0 };
for (const file of existsSync(folder) ? readdirSync(folder) : []) {
  const report = /** @type {Report} */ (JSON.parse(readFileSync(join(folder, file), 'utf8')));
  // A file that does not load has failed, and has no test to say so.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  total.passed += report.numPassedTests;
  total.failed += report.numFailedTests + broken.length;
  total.skipped += report.numPendingTests + report.numTodoTests;
}
// A command may fail with all its tests passed: a type error, an unhandled rejection.
total.failed ||= Number(failedCommands);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
