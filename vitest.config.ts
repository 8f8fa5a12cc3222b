import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import type { Reporter } from 'vitest/node';
import { postgresAnswers, TEST_POSTGRES_URL } from './packages/db/src/testing.ts';
import { announceSkipped, redisAnswers, TEST_REDIS_URL } from './scripts/services.ts';

// Told by its name where a file runs: `*.unit.test.ts` and `*.embedded.test.ts` not on PostgreSQL, `*.postgres.test.ts` only
// there, `*.surface.test.ts` (how a surface answers, whichever engine is below) once: there, or embedded where there is none.
const include = ['packages/*/src/**/*.test.{ts,tsx}', 'apps/*/src/**/*.test.{ts,tsx}'];
const embeddedOnly = ['**/*.unit.test.{ts,tsx}', '**/*.embedded.test.ts'];
const postgresOnly = ['**/*.postgres.test.ts'];
const onOneEngine = ['**/*.surface.test.ts'];
// Where both engines are there, the packages above the database run on the embedded one in CI only: it takes a third of all.
const onBothInCi = ['packages/core/src/**/!(*.unit|*.embedded).test.ts', 'apps/*/src/**/!(*.unit|*.embedded).test.ts'];

// The processes of the tests name their databases by the run, which drops them at its end.
process.env['TEST_RUN'] ??= String(process.pid);

const isE2e = process.env['TEST_E2E'] === '1';
const isCi = process.env['CI'] === 'true';
const skipped: string[] = [];

async function databaseProjects(): Promise<TestProjectInlineConfiguration[]> {
  const [hasPostgres, hasRedis] = await Promise.all([postgresAnswers(), redisAnswers()]);
  if (!hasPostgres) skipped.push(`all tests on PostgreSQL (nothing answers at ${TEST_POSTGRES_URL})`);
  if (!hasRedis) skipped.push(`all tests on Redis (nothing answers at ${TEST_REDIS_URL})`);
  const onlyOnPostgres = hasPostgres && !isCi ? onBothInCi : [];
  if (onlyOnPostgres.length > 0) skipped.push('core and the apps on the embedded database too (`CI=true npm test`)');
  // Empty where there is no Redis: a test skips itself then.
  const redis = { TEST_REDIS_URL: hasRedis ? TEST_REDIS_URL : '' };
  const embedded = {
    extends: true as const,
    test: {
      name: 'embedded',
      include: [...include, 'scripts/*.unit.test.ts'],
      exclude: [...postgresOnly, ...(hasPostgres ? onOneEngine : []), ...onlyOnPostgres],
      env: { TEST_ENGINE: 'embedded', ...redis },
    },
  };
  const postgres = {
    extends: true as const,
    test: {
      name: 'postgres',
      include,
      exclude: embeddedOnly,
      env: { TEST_ENGINE: 'postgres', ...redis },
      globalSetup: 'scripts/drop-test-databases.ts',
    },
  };
  return hasPostgres ? [embedded, postgres] : [embedded];
}

const browserProject: TestProjectInlineConfiguration = {
  extends: true,
  test: { name: 'e2e', include: ['e2e/**/*.e2e.ts'], fileParallelism: false, testTimeout: 120_000, hookTimeout: 180_000 },
};

const projects = isE2e ? [browserProject] : await databaseProjects();
announceSkipped(skipped);

// Once more at the end: what was skipped belongs beside what passed.
const skippedReporter: Reporter = { onTestRunEnd: () => announceSkipped(skipped) };
const reports = process.env['TEST_REPORTS'];

export default defineConfig({
  test: {
    projects,
    // Processes that are kept: a new one for each file would load and warm up everything again, which took as long as the
    // tests. So no file may leave anything in a module, `process.env` included. One more than cores: tests wait, too.
    pool: 'forks',
    isolate: false,
    maxWorkers: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: [...(reports === undefined ? [] : ['json' as const]), skippedReporter, 'default'],
    ...(reports !== undefined && { outputFile: { json: `${reports}/${isE2e ? 'e2e' : 'test'}.json` } }),
  },
});
