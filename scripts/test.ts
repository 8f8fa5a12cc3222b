// `npm test [-- arguments of vitest]`: the tests run whatever the checks say, so that one run tells everything.
import { handOver } from './process.mjs';

const checked = await handOver('node', ['scripts/check.ts']);
const tested = await handOver('vitest', ['run', ...process.argv.slice(2)]);
if (checked !== 0) console.error('The checks have failed: see ✗ above.');
process.exitCode = checked || tested;
