// `node scripts/counts.mjs [folder] [failed commands]`: what has failed in vitest's JSON reports in the folder, and one line over all of them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const [folder = '.reports', failedCommands = '0'] = process.argv.slice(2);

/** @typedef {{ fullName: string, status: string, failureMessages: string[] | null }} Test */
/** @typedef {{ name: string, status: string, message: string, assertionResults: Test[] }} File */
/** @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: File[] }} Report */

/** Lines of a failure that are shown: its message and where it was thrown. The runner's own output, far above, has all of it. */
const SHOWN_LINES = 12;

/** @param {string} where @param {string} why */
function tell(where, why) {
  console.log(`✗ ${where}`);
  for (const line of why.split('\n').slice(0, SHOWN_LINES)) console.log(`    ${line}`);
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const report of existsSync(folder) ? readdirSync(folder) : []) {
  const { testResults, ...counts } = /** @type {Report} */ (JSON.parse(readFileSync(join(folder, report), 'utf8')));
  total.passed += counts.numPassedTests;
  total.skipped += counts.numPendingTests + counts.numTodoTests;
  for (const { name, status, message, assertionResults } of testResults) {
    const file = relative(process.cwd(), name);
    const failures = assertionResults.filter((test) => test.status === 'failed');
    for (const { fullName, failureMessages } of failures) tell(`${file} > ${fullName}`, failureMessages?.[0] ?? '');
    // A file that does not load has failed, and has no test to say so.
    if (status === 'failed' && failures.length === 0) tell(file, message);
    total.failed += status === 'failed' ? Math.max(failures.length, 1) : 0;
  }
}
// A command may fail with all its tests passed: a type error, an unhandled rejection.
total.failed ||= Number(failedCommands);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
