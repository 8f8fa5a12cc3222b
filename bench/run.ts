// `npm run bench [-- section …]`: measures what README.md promises and prints it with its bounds. See there for the rows.
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { measureAudit } from './audit.ts';
import { boundRun } from './cleanup.ts';
import { measureFlatness } from './flatness.ts';
import { BACKLOG_AND_KEYS } from './flatness-backlog.ts';
import { INBOX } from './flatness-inbox.ts';
import { measureMemory, measureWarmStart } from './footprint.ts';
import { measureGuardCost } from './guard-cost.ts';
import { measureIngest } from './ingest.ts';
import { measureMcp } from './mcp.ts';
import { isReached, printSection, type Section } from './report.ts';
import { measureScan } from './scan.ts';
import { describePostgres } from './scratch.ts';
import { measureThroughput } from './throughput.ts';
import { measureWidgetConfig } from './widget-config.ts';

const LIMIT_MS = 30 * 60_000;

const SECTIONS: Readonly<Record<string, () => Promise<readonly Section[]>>> = {
  guard: async () => [await measureGuardCost()],
  throughput: measureThroughput,
  memory: async () => [await measureMemory()],
  start: async () => [await measureWarmStart()],
  flatness: async () => [await measureFlatness(BACKLOG_AND_KEYS)],
  lists: async () => [await measureFlatness(INBOX)],
  audit: measureAudit,
  widget: async () => [await measureWidgetConfig()],
  ingest: async () => [await measureIngest()],
  scan: async () => [await measureScan()],
  mcp: async () => [await measureMcp()],
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !Object.hasOwn(SECTIONS, name));
if (unknown.length > 0) throw new Error(`no section ${unknown.join(', ')}; there are ${Object.keys(SECTIONS).join(', ')}`);

boundRun(LIMIT_MS);
const startedAt = Date.now();
console.log(
  `${new Date(startedAt).toISOString().slice(0, 10)}, ${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB`,
);
console.log(`Node ${process.version}, ${await describePostgres()}`);
console.log(`Load average before: ${loadText()}. What else runs here lowers the rates; the ratios are of turns taken together.`);

const measured: Section[] = [];
for (const [name, measure] of Object.entries(SECTIONS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  try {
    const sections = await measure();
    for (const section of sections) printSection(section);
    measured.push(...sections);
  } catch (error) {
    // The other sections' figures are worth having all the same.
    process.exitCode = 1;
    console.error(`\nbench: ${name} was not measured:`, error);
  }
}

const judged = measured.flatMap(({ rows }) => rows).filter(({ bound }) => bound !== undefined);
const missed = judged.filter((row) => !isReached(row));
console.log(`\nLoad average after: ${loadText()}. ${Math.round((Date.now() - startedAt) / 1_000)} s.`);
console.log(
  `${judged.length - missed.length} of ${judged.length} bounds reached${missed.length > 0 ? `; missed: ${missed.map(({ name }) => name).join('; ')}` : ''}.`,
);

function loadText(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(' ');
}
