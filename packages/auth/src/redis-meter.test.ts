import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Charge, minuteOf, utcDay } from './meter.ts';
import { openRedisMeter } from './redis-meter.ts';

// Set by the test runner; empty where no Redis answers, which it says.
const REDIS_URL = process.env['TEST_REDIS_URL'] ?? '';

describe.runIf(REDIS_URL !== '')('the meter over Redis', () => {
  let redis: Awaited<ReturnType<typeof openRedisMeter>>;
  beforeAll(async () => {
    redis = await openRedisMeter(REDIS_URL);
  });
  afterAll(async () => {
    await redis.close();
  });

  const at = new Date('2026-03-14T10:20:30.250Z');
  function charge(overrides: Partial<Charge> = {}): Charge {
    return {
      keyId: randomUUID(),
      projectId: randomUUID(),
      callsPerMinute: 5,
      callsPerDay: 7,
      at,
      ip: null,
      cost: 'call',
      ...overrides,
    };
  }

  it('admits as many calls a minute as the limit says, and not one more', async () => {
    const call = charge();
    const verdicts = [];
    for (let count = 0; count < 6; count++) verdicts.push((await redis.meter.charge(call)).admitted);
    expect(verdicts).toEqual(['yes', 'yes', 'yes', 'yes', 'yes', 'minute exhausted']);
  });

  it('gives the last units of a day once, however many callers race for them', async () => {
    const shared = charge({ callsPerMinute: 1_000, callsPerDay: 10 });
    const other = await openRedisMeter(REDIS_URL);
    const racing = Array.from({ length: 60 }, (_, index) =>
      (index % 2 === 0 ? redis : other).meter.charge({ ...shared, keyId: index % 3 === 0 ? randomUUID() : shared.keyId }),
    );
    const admitted = (await Promise.all(racing)).filter((verdict) => verdict.admitted === 'yes');
    await other.close();
    expect(admitted).toHaveLength(10);
    expect(await redis.meter.callsOn(shared.projectId ?? '', utcDay(at))).toBe(10);
  });

  it('moves neither counter when one refuses', async () => {
    const call = charge({ callsPerDay: 2 });
    await redis.meter.charge(call);
    await redis.meter.charge(call);
    expect(await redis.meter.charge(call)).toEqual({ admitted: 'day exhausted', minute: 2, day: 2 });
    expect(await redis.meter.read(call)).toEqual({ admitted: 'day exhausted', minute: 2, day: 2 });
  });

  it('opens a new window at the minute and at 00:00 UTC', async () => {
    const call = charge({ callsPerMinute: 1, callsPerDay: 1, at: new Date('2026-03-14T23:59:59.999Z') });
    await redis.meter.charge(call);
    expect(await redis.meter.charge({ ...call, at: new Date('2026-03-15T00:00:00.000Z') })).toEqual({
      admitted: 'yes',
      minute: 1,
      day: 1,
    });
  });

  it('counts a replay in the minute and not in the day', async () => {
    const call = charge();
    await redis.meter.charge(call);
    expect(await redis.meter.charge({ ...call, cost: 'minute' })).toEqual({ admitted: 'yes', minute: 2, day: 1 });
  });

  it('tells calls by key, and when each key was last used', async () => {
    const first = charge({ callsPerMinute: 100 });
    const second = { ...first, keyId: randomUUID() };
    await redis.meter.charge(first);
    await redis.meter.charge(first);
    await redis.meter.charge(second);
    const day = utcDay(at);
    const byKey = await redis.meter.callsByKey(first.projectId ?? '', '2026-03-01', day);
    expect(byKey).toHaveLength(2);
    expect(byKey).toEqual(
      expect.arrayContaining([
        { day, keyId: first.keyId, calls: 2 },
        { day, keyId: second.keyId, calls: 1 },
      ]),
    );
    expect(await redis.meter.lastUsed([first.keyId, randomUUID()])).toEqual(
      new Map([[first.keyId, { minute: minuteOf(at), ip: null }]]),
    );
    await redis.meter.charge({ ...first, ip: '203.0.113.7' });
    expect(await redis.meter.lastUsed([first.keyId])).toEqual(
      new Map([[first.keyId, { minute: minuteOf(at), ip: '203.0.113.7' }]]),
    );
  });

  it('counts calls about no project in the minute alone', async () => {
    const call = charge({ projectId: null });
    expect(await redis.meter.charge(call)).toEqual({ admitted: 'yes', minute: 1, day: null });
  });
});
