import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LARGE_DESCRIPTIONS } from '@reqbase/cli/large-descriptions';
import { withCleanup } from './cleanup.ts';
import { type Row, rowOf, type Section } from './report.ts';

const CLI = fileURLToPath(new URL('../apps/cli/src/main.ts', import.meta.url));
const ROUNDS = 3;
const FAST = { atMost: 10 };
const SMALL = { atMost: 1_024 };
/** Writes what the process has used, as it ends: the most memory at any time in kilobytes, and CPU in microseconds. */
const USED = `import { writeFileSync } from 'node:fs'; process.on('exit', () => writeFileSync('used', JSON.stringify(process.resourceUsage())))`;

/** What `reqbase scan` takes for the descriptions that its tests use: from the command to its end. */
export async function measureScan(): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'reqbase-bench-'));
  return withCleanup(
    () => rmSync(folder, { recursive: true, force: true }),
    async () => {
      const rows: Row[] = [];
      for (const { name, writeTo } of LARGE_DESCRIPTIONS) {
        const spec = writeTo(folder);
        const [seconds, cpu, megabytes]: [number[], number[], number[]] = [[], [], []];
        for (let round = 0; round < ROUNDS; round++) {
          const startedAt = performance.now();
          await scan(spec, folder);
          seconds.push((performance.now() - startedAt) / 1_000);
          const used = JSON.parse(readFileSync(join(folder, 'used'), 'utf8')) as NodeJS.ResourceUsage;
          cpu.push((used.userCPUTime + used.systemCPUTime) / 1e6);
          megabytes.push(used.maxRSS / 1_024);
        }
        const what = `${name}, ${(statSync(spec).size / 1e6).toFixed(1)} MB`;
        rows.push(
          rowOf(what, 's', seconds, FAST),
          rowOf('… of a core', 's', cpu),
          rowOf('… memory at its peak', 'MB', megabytes, SMALL),
        );
      }
      return { title: 'reqbase scan --dry-run', about: [`From the command to its end, ${ROUNDS} times each.`], rows };
    },
  );
}

async function scan(spec: string, cwd: string): Promise<void> {
  const words = [CLI, 'scan', '--service', 'Large', '--spec', spec, '--dry-run', '--quiet'];
  const env = { ...process.env, NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(USED)}` };
  const child = spawn(process.execPath, words, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`the scan of ${spec} has ended with ${code}`);
}
