import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { utcDay } from './meter.ts';
import { openRedisMeter } from './redis-meter.ts';
import { meterSteps, referenceMeter } from './testing-reference-meter.ts';

// Set by the test runner; empty where no Redis answers, which it says.
const REDIS_URL = process.env['TEST_REDIS_URL'] ?? '';

describe.runIf(REDIS_URL !== '')('over any run of calls, the meter over Redis', () => {
  let redis: Awaited<ReturnType<typeof openRedisMeter>>;
  beforeAll(async () => {
    redis = await openRedisMeter(REDIS_URL);
  });
  afterAll(() => redis.close());

  it('gives the verdicts of the same plain reference as the one over PostgreSQL, and reading foretells each', async () => {
    const { meter } = redis;
    await fc.assert(
      fc.asyncProperty(meterSteps, async (run) => {
        const reference = referenceMeter({ opensMinuteOnRefusal: false });
        const [keyIds, projectIds] = [3, 2].map((count) => Array.from({ length: count }, () => randomUUID()));
        let at = new Date('2026-03-14T23:59:00.000Z');
        for (const { clockMoves, key, project, ...limits } of run) {
          at = new Date(at.getTime() + clockMoves);
          const charge = {
            ...limits,
            at,
            ip: null,
            keyId: keyIds?.[key] ?? '',
            projectId: project === null ? null : (projectIds?.[project] ?? ''),
          };
          expect(await meter.read(charge)).toEqual(reference.read(charge));
          const verdict = await meter.charge(charge);
          expect(verdict).toEqual(reference.charge(charge));
          if (charge.projectId !== null) expect(await meter.callsOn(charge.projectId, utcDay(at))).toBe(verdict.day);
        }
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
