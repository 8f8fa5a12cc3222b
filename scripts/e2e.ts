// `npm run e2e [-- arguments of vitest]`
import { handOver } from './process.mjs';
import { announceSkipped, CHROMIUM, chromiumIsInstalled } from './services.ts';

if (chromiumIsInstalled()) {
  process.env['TEST_E2E'] = '1';
  process.env['CHROMIUM'] = CHROMIUM;
  process.exitCode = await handOver('vitest', ['run', ...process.argv.slice(2)]);
} else {
  announceSkipped([`all browser tests (no Chromium at ${CHROMIUM}: install it, or say with CHROMIUM where it is)`]);
}
