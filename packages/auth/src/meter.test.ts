import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Charge,
  dayResetAt,
  type Meter,
  minuteResetAt,
  PrincipalGone,
  postgresMeter,
  secondsToNextDay,
  secondsToNextMinute,
  utcDay,
  type Verdict,
} from './meter.ts';
import { PLANS } from './plans.ts';
import {
  countersOf,
  emptyCounters,
  openTestAccess,
  recording,
  seedKey,
  seedProject,
  seedTenant,
  type TestAccess,
} from './testing.ts';
import { meterSteps, referenceMeter } from './testing-reference-meter.ts';

let access: TestAccess;
let meter: Meter;
let keyIds: string[];
let projectIds: string[];

beforeAll(async () => {
  access = await openTestAccess();
  meter = postgresMeter(access.db.sql);
  const tenant = await seedTenant(access);
  projectIds = [tenant.project.id, (await seedProject(access, tenant.organization)).id];
  keyIds = [];
  for (let i = 0; i < 3; i++) keyIds.push((await seedKey(access, tenant, { projectId: null })).id);
}, 60_000);
afterAll(() => access.db.close());
beforeEach(() => clearCounters());

const clearCounters = () => emptyCounters(access);
const counters = () => countersOf(access);

const NOON = '2026-03-14T12:00:30.000Z';

/** A call of the first key on the first project at noon, far below every limit, but for what the test says. */
function call({
  key = 0,
  project = 0,
  at = NOON,
  ...rest
}: Partial<Omit<Charge, 'at'>> & { key?: number; project?: number | null; at?: string | Date } = {}): Charge {
  return {
    keyId: keyIds[key] ?? '',
    projectId: project === null ? null : (projectIds[project] ?? ''),
    callsPerMinute: 1_000,
    callsPerDay: 1_000,
    ip: null,
    cost: 'call',
    at: new Date(at),
    ...rest,
  };
}

async function admittedOf(charges: Charge[]): Promise<Verdict['admitted'][]> {
  const admitted: Verdict['admitted'][] = [];
  for (const charge of charges) admitted.push((await meter.charge(charge)).admitted);
  return admitted;
}

describe('a limit of N', () => {
  it.each([1, 2, 5])('calls a minute admits N = %i and not one more, until the minute ends', async (n) => {
    const limited = (at: string) => call({ callsPerMinute: n, at });
    const admitted = await admittedOf([
      ...Array.from({ length: n }, () => limited('2026-03-14T12:00:00.000Z')),
      limited('2026-03-14T12:00:59.999Z'),
    ]);
    expect(admitted).toEqual([...Array(n).fill('yes'), 'minute exhausted']);
    expect(await meter.charge(limited('2026-03-14T12:01:00.000Z'))).toEqual({ admitted: 'yes', minute: 1, day: n + 1 });
  });

  it.each([1, 2, 5])('calls a day admits N = %i and not one more, until midnight UTC', async (n) => {
    const limited = (at: string) => call({ callsPerDay: n, at });
    const admitted = await admittedOf([
      ...Array.from({ length: n }, (_, i) => limited(`2026-03-14T${10 + i}:00:00.000Z`)),
      limited('2026-03-14T23:59:59.999Z'),
    ]);
    expect(admitted).toEqual([...Array(n).fill('yes'), 'day exhausted']);
    expect(await meter.charge(limited('2026-03-15T00:00:00.000Z'))).toEqual({ admitted: 'yes', minute: 1, day: 1 });
  });

  it.each(['pro', 'scale'] as const)('is held exactly at the figures of the plan %s', async (plan) => {
    const { callsPerMinute, callsPerDay } = PLANS[plan];
    const limited = call({ callsPerMinute, callsPerDay });
    await meter.charge(limited);
    await access.db.sql.query('update usage_day set calls = $1', [(callsPerDay ?? 0) - 2]);
    expect(await admittedOf([limited, limited, limited])).toEqual(['yes', 'yes', 'day exhausted']);
    await clearCounters();
    await meter.charge(limited);
    await access.db.sql.query('update key_rate set calls = $1', [callsPerMinute - 2]);
    expect(await admittedOf([limited, limited, limited])).toEqual(['yes', 'yes', 'minute exhausted']);
  });

  it('of 0 a day (Free) admits nothing', async () => {
    expect(await admittedOf([call({ callsPerDay: 0 })])).toEqual(['day exhausted']);
    expect(await counters()).toEqual([]);
  });

  it('that is none counts all the same', async () => {
    const unlimited = call({ callsPerDay: null });
    for (let n = 1; n <= 3; n++) expect(await meter.charge(unlimited)).toEqual({ admitted: 'yes', minute: n, day: n });
  });
});

describe('a refused call', () => {
  it('of the minute moves no counter, the day least of all, and cannot shut its caller out for longer', async () => {
    const limited = call({ callsPerMinute: 2 });
    await admittedOf([limited, limited]);
    const before = await counters();
    expect(await admittedOf(Array(20).fill(limited))).toEqual(Array(20).fill('minute exhausted'));
    expect(await counters()).toEqual(before);
    expect((await meter.charge({ ...limited, at: new Date('2026-03-14T12:01:00Z') })).admitted).toBe('yes');
  });

  it('of the day moves no counter, the minute least of all', async () => {
    const limited = call({ callsPerDay: 2 });
    await admittedOf([limited, limited]);
    const before = await counters();
    expect(await admittedOf(Array(20).fill(limited))).toEqual(Array(20).fill('day exhausted'));
    expect(await counters()).toEqual(before);
    expect(await meter.charge(call({ project: 1 }))).toEqual({ admitted: 'yes', minute: 3, day: 1 });
  });

  it('is told of the day when both are used up, since waiting for the minute would not help', async () => {
    const limited = call({ callsPerMinute: 1, callsPerDay: 1 });
    expect(await admittedOf([limited, limited])).toEqual(['yes', 'day exhausted']);
  });

  it('is told where the counters stand, itself not counted', async () => {
    const limited = call({ callsPerMinute: 2 });
    await admittedOf([limited, limited]);
    expect(await meter.charge(limited)).toEqual({ admitted: 'minute exhausted', minute: 2, day: 2 });
  });
});

describe('what is counted together', () => {
  it('is the minute of a key over all its projects, and the day of a project over all its keys', async () => {
    await admittedOf([call({ key: 0, project: 0 }), call({ key: 0, project: 1 }), call({ key: 1, project: 0 })]);
    expect(await meter.charge(call({ key: 0, project: 0 }))).toEqual({ admitted: 'yes', minute: 3, day: 3 });
    expect(await meter.charge(call({ key: 1, project: 1 }))).toEqual({ admitted: 'yes', minute: 2, day: 2 });
    expect((await meter.charge(call({ key: 2, project: 0, callsPerDay: 3 }))).admitted).toBe('day exhausted');
    expect((await meter.charge(call({ key: 0, project: 1, callsPerMinute: 3 }))).admitted).toBe('minute exhausted');
  });

  it('by key adds up to the day of the project', async () => {
    for (const key of [0, 1, 2, 0, 0, 1]) await meter.charge(call({ key }));
    for (const key of [0, 1, 2]) await meter.charge(call({ key, callsPerDay: 6 }));
    const rows = await access.db.sql.query<{ principal_id: string; calls: number }>(
      'select principal_id, calls from usage_key_day where project_id = $1',
      [projectIds[0]],
    );
    expect(new Map(rows.map(({ principal_id, calls }) => [principal_id, calls]))).toEqual(
      new Map(keyIds.map((id, i) => [id, 3 - i])),
    );
    expect(await counters()).toContainEqual({ counter: `day of ${projectIds[0]}`, window: '2026-03-14', calls: 6 });
  });
});

describe('a replay', () => {
  it('counts in the minute and not in the day', async () => {
    await meter.charge(call());
    expect(await meter.charge(call({ cost: 'minute' }))).toEqual({ admitted: 'yes', minute: 2, day: 1 });
    const standing = await counters();
    expect(standing.map(({ calls }) => calls)).toEqual([1, 1, 2]);
  });

  it('is given when the day is used up, and not when the minute is', async () => {
    expect(await admittedOf([call({ callsPerDay: 1 }), call({ callsPerDay: 1, cost: 'minute' })])).toEqual(['yes', 'yes']);
    expect(await admittedOf([call({ callsPerMinute: 2, cost: 'minute' })])).toEqual(['minute exhausted']);
  });
});

describe('a call about no project', () => {
  it('counts in the minute alone', async () => {
    const about = call({ project: null, callsPerMinute: 2 });
    expect(await meter.charge(about)).toEqual({ admitted: 'yes', minute: 1, day: null });
    expect(await admittedOf([about, about])).toEqual(['yes', 'minute exhausted']);
    expect(await counters()).toEqual([{ counter: `minute of ${keyIds[0]}`, window: '2026-03-14T12:00', calls: 2 }]);
  });
});

describe('a charge', () => {
  it('is one statement, and three more at the first call of all', async () => {
    const sql = recording(access.db.sql);
    const counting = postgresMeter(sql);
    await counting.charge(call());
    expect(sql.statements).toHaveLength(4);
    sql.statements.length = 0;
    await counting.charge(call());
    await counting.charge(call({ callsPerMinute: 1 }));
    await counting.charge(call({ callsPerDay: 1 }));
    await counting.charge(call({ at: '2026-03-14T12:34:00Z' }));
    expect(sql.statements).toHaveLength(4);
  });

  it('is one statement for all calls that come at the same time, whosever they are', async () => {
    await Promise.all([call(), call({ project: 1, key: 1 }), call({ project: null, key: 2 })].map((due) => meter.charge(due)));
    const sql = recording(access.db.sql);
    const counting = postgresMeter(sql);
    const together = [...Array(10).fill(call({ callsPerDay: 8 })), call({ project: 1, key: 1 }), call({ project: null, key: 2 })];
    const verdicts = await Promise.all(together.map((due) => counting.charge(due)));
    expect(sql.statements).toHaveLength(1);
    expect(verdicts.map(({ admitted, minute, day }) => [admitted, minute, day])).toEqual([
      ...[2, 3, 4, 5, 6, 7, 8].map((n) => ['yes', n, n]),
      ...Array(3).fill(['day exhausted', 8, 8]),
      ['yes', 2, 2],
      ['yes', 2, null],
    ]);
  });

  it('of a key that has been deleted fails alone, and not those that come with it', async () => {
    const gone = { ...call(), keyId: projectIds[0] ?? '' };
    const [failed, fine] = await Promise.allSettled([meter.charge(gone), meter.charge(call({ project: 1 }))]);
    expect(failed.status).toBe('rejected');
    expect(fine).toEqual({ status: 'fulfilled', value: { admitted: 'yes', minute: 1, day: 1 } });
  });

  it('writes nothing to the key itself, so that it cannot undo a revocation', async () => {
    const rowVersion = () =>
      access.db.sql.query('select xmin::text, updated_at, revoked_at from api_key where id = $1', [keyIds[0]]);
    const before = await rowVersion();
    await admittedOf([call(), call({ at: '2026-03-15T12:00:00Z' })]);
    expect(await rowVersion()).toEqual(before);
  });

  it('of a key that does not exist fails, and counts nothing', async () => {
    await expect(meter.charge({ ...call(), keyId: projectIds[0] ?? '' })).rejects.toBeInstanceOf(PrincipalGone);
    expect(await counters()).toEqual([]);
  });
});

describe('reading the counters', () => {
  it('moves none, and opens none', async () => {
    expect(await meter.read(call())).toEqual({ admitted: 'yes', minute: 0, day: 0 });
    expect(await access.db.sql.query('select 1 from key_rate union all select 1 from usage_day')).toEqual([]);
    await meter.charge(call());
    const before = await counters();
    for (let i = 0; i < 3; i++) expect(await meter.read(call())).toEqual({ admitted: 'yes', minute: 1, day: 1 });
    expect(await counters()).toEqual(before);
  });

  it('says of a replay what charging it would', async () => {
    await meter.charge(call());
    const replay = call({ callsPerDay: 1, cost: 'minute' });
    expect((await meter.read(replay)).admitted).toBe('yes');
    expect((await meter.charge(replay)).admitted).toBe('yes');
  });
});

describe('the figures of use', () => {
  const [friday, saturday, sunday] = ['2026-03-13', '2026-03-14', '2026-03-15'];

  it('of a day are those that the quota is held against, and 0 where there are none', async () => {
    await admittedOf([call({ key: 0 }), call({ key: 1 }), call({ key: 1, cost: 'minute' }), call({ key: 2, callsPerDay: 2 })]);
    const figures = [saturday, friday].map((day) => meter.callsOn(projectIds[0] ?? '', day));
    expect(await Promise.all(figures)).toEqual([2, 0]);
    expect(await meter.callsOn(projectIds[1] ?? '', saturday)).toBe(0);
  });

  it('by key are told for the days asked, both ends included, and for no other project', async () => {
    const days = ['2026-03-12', friday, saturday, sunday, '2026-03-16'];
    for (const day of days)
      await admittedOf([call({ at: `${day}T23:59:59.999Z` }), call({ key: 1, project: 1, at: `${day}T00:00:00Z` })]);
    await admittedOf([call({ key: 1, at: `${friday}T08:00:00Z` }), call({ at: `${friday}T08:00:00Z` })]);
    const figures = await meter.callsByKey(projectIds[0] ?? '', friday, sunday);
    expect(figures.map(({ day, keyId, calls }) => `${day} ${keyIds.indexOf(keyId)} ${calls}`).toSorted()).toEqual([
      `${friday} 0 2`,
      `${friday} 1 1`,
      `${saturday} 0 1`,
      `${sunday} 0 1`,
    ]);
  });

  it('tell the minute in which a key was last let in and from where, and nothing of one that never was', async () => {
    await admittedOf([
      call({ at: `${friday}T08:00:59.999Z`, ip: '203.0.113.7' }),
      call({ at: `${saturday}T12:34:56.789Z`, ip: '2001:db8::7' }),
      call({ at: `${saturday}T12:34:57.789Z`, ip: '203.0.113.9', callsPerDay: 0 }),
      call({ key: 1, callsPerDay: 0 }),
    ]);
    const lastUse = { minute: new Date(`${saturday}T12:34:00.000Z`), ip: '2001:db8::7' };
    expect(await meter.lastUsed(keyIds)).toEqual(new Map([[keyIds[0], lastUse]]));
    expect(await meter.lastUsed([])).toEqual(new Map());
  });
});

describe('windows', () => {
  const instants = fc.date({ min: new Date('2026-01-01T00:00:00Z'), max: new Date('2028-03-01T00:00:00Z'), noInvalidDate: true });
  const later = (at: Date, seconds: number) => new Date(at.getTime() + seconds * 1_000);

  it('are aligned: minutes to the minute, days to midnight UTC, wherever the calls fall', async () => {
    const limited = (at: string) => call({ callsPerMinute: 1, at });
    expect(
      await admittedOf(
        ['12:00:59.999', '12:01:00.000', '12:01:59.999', '12:02:00.000'].map((time) => limited(`2026-03-14T${time}Z`)),
      ),
    ).toEqual(['yes', 'yes', 'minute exhausted', 'yes']);
    await clearCounters();
    const daily = (at: string) => call({ callsPerDay: 1, at });
    // A day on which clocks change in many places, and a leap day.
    const midnights = [
      '2026-03-28T23:59:59.999Z',
      '2026-03-29T00:00:00.000Z',
      '2026-03-29T23:59:59.999Z',
      '2026-03-30T00:00:00.000Z',
    ];
    expect(await admittedOf([...midnights, '2028-02-29T12:00:00Z', '2028-03-01T00:00:00Z'].map(daily))).toEqual([
      'yes',
      'yes',
      'day exhausted',
      'yes',
      'yes',
      'yes',
    ]);
  });

  it('end when the answer says: at the announced instant, no later than after the announced wait', () => {
    fc.assert(
      fc.property(instants, (at) => {
        expect(minuteResetAt(at)).toBe(Math.floor(at.getTime() / 60_000) * 60 + 60);
        expect(new Date(dayResetAt(at) * 1_000).toISOString()).toBe(
          `${utcDay(new Date(at.getTime() + 86_400_000))}T00:00:00.000Z`,
        );
        for (const [wait, reset] of [
          [secondsToNextMinute(at), minuteResetAt(at)] as const,
          [secondsToNextDay(at), dayResetAt(at)] as const,
        ]) {
          expect(wait).toBeGreaterThanOrEqual(1);
          expect(Number.isInteger(wait)).toBe(true);
          expect(later(at, wait).getTime()).toBeGreaterThanOrEqual(reset * 1_000);
          expect(later(at, wait - 1).getTime()).toBeLessThan(reset * 1_000);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('admit whoever waits as told, and nobody who waits a second less', async () => {
    await fc.assert(
      fc.asyncProperty(instants, fc.constantFrom('minute' as const, 'day' as const), async (at, exhausted) => {
        await clearCounters();
        const limits = exhausted === 'minute' ? { callsPerMinute: 1 } : { callsPerDay: 1 };
        const wait = exhausted === 'minute' ? secondsToNextMinute(at) : secondsToNextDay(at);
        const after = (seconds: number) => call({ ...limits, at: later(at, seconds) });
        expect(await admittedOf([after(0), after(0), after(wait - 1), after(wait)])).toEqual([
          'yes',
          `${exhausted} exhausted`,
          `${exhausted} exhausted`,
          'yes',
        ]);
      }),
      { numRuns: 40 },
    );
  }, 30_000);

  it('never refuse steady traffic of one call per window', async () => {
    const start = Date.parse('2026-03-14T23:50:30.500Z');
    const steady = Array.from({ length: 20 }, (_, i) => call({ callsPerMinute: 1, at: new Date(start + i * 60_000) }));
    expect(await admittedOf(steady)).toEqual(Array(20).fill('yes'));
  });

  it('cannot be won anew by a clock that goes back, which counts into the minute that is open', async () => {
    const limited = (at: string) => call({ callsPerMinute: 2, at });
    const times = ['12:01:00.000', '12:00:59.999', '12:00:00.000', '12:01:01.000', '12:02:00.000'];
    expect(await admittedOf(times.map((time) => limited(`2026-03-14T${time}Z`)))).toEqual([
      'yes',
      'yes',
      'minute exhausted',
      'minute exhausted',
      'yes',
    ]);
    expect(await meter.read(limited('2026-03-14T12:01:30.000Z'))).toMatchObject({ minute: 1 });
  });

  it('of the day keep their counts when the clock goes back over midnight and forth', async () => {
    const limited = (at: string) => call({ callsPerDay: 2, at });
    const times = [
      '2026-03-14T23:59:59Z',
      '2026-03-15T00:00:00Z',
      '2026-03-14T23:59:59Z',
      '2026-03-14T23:59:59Z',
      '2026-03-15T00:00:00Z',
      '2026-03-15T00:00:00Z',
    ];
    expect(await admittedOf(times.map(limited))).toEqual(['yes', 'yes', 'yes', 'day exhausted', 'yes', 'day exhausted']);
  });
});

describe('racing calls', () => {
  it.each(['from the first call on', 'on counters that are open'])('get exactly the units that are left, %s', async (start) => {
    if (start === 'on counters that are open') await meter.charge(call({ cost: 'minute' }));
    const inMinute = (await meter.read(call())).minute;
    const racing = await Promise.all(Array.from({ length: 40 }, () => meter.charge(call({ callsPerDay: 10 }))));
    const winners = racing.filter(({ admitted }) => admitted === 'yes');
    expect(winners.map(({ day }) => day).toSorted((a, b) => (a ?? 0) - (b ?? 0))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await meter.read(call())).toEqual({ admitted: 'yes', minute: inMinute + 10, day: 10 });
  });

  it('get exactly the units of the minute too, over two projects', async () => {
    const racing = await Promise.all(
      Array.from({ length: 40 }, (_, i) => meter.charge(call({ project: i % 2, callsPerMinute: 10 }))),
    );
    expect(racing.filter(({ admitted }) => admitted === 'yes')).toHaveLength(10);
    const days = (await counters()).filter(({ counter }) => /^day of \S+$/.test(counter));
    expect(days.reduce((sum, { calls }) => sum + calls, 0)).toBe(10);
  });

  it('of several keys share the day of their project exactly', async () => {
    const racing = await Promise.all(Array.from({ length: 40 }, (_, i) => meter.charge(call({ key: i % 3, callsPerDay: 25 }))));
    expect(racing.filter(({ admitted }) => admitted === 'yes')).toHaveLength(25);
    const byKey = (await counters()).filter(({ counter }) => counter.includes(' by '));
    expect(byKey.reduce((sum, { calls }) => sum + calls, 0)).toBe(25);
  });
});

describe('over any calls at the same time', () => {
  const calls = fc.array(
    fc.record({
      key: fc.nat(2),
      project: fc.constantFrom(0, 0, 1, null),
      cost: fc.constantFrom('call' as const, 'call' as const, 'minute' as const),
    }),
    { minLength: 2, maxLength: 30 },
  );
  const limits = fc.record({ callsPerMinute: fc.constantFrom(3, 8, 100), callsPerDay: fc.constantFrom(4, 9, null) });

  it('numbers those it admits without a gap, admits none beyond a limit, and refuses none that there is room for', async () => {
    await fc.assert(
      fc.asyncProperty(calls, limits, async (run, { callsPerMinute, callsPerDay }) => {
        await clearCounters();
        const charges = run.map((step) => call({ ...step, callsPerMinute, callsPerDay }));
        const verdicts = await Promise.all(charges.map((charge) => meter.charge(charge)));
        const of = (matches: (charge: Charge) => boolean) =>
          charges.flatMap((charge, i) => (matches(charge) ? [{ charge, ...(verdicts[i] ?? expect.fail('no verdict')) }] : []));
        for (const keyId of keyIds) {
          const ofKey = of((charge) => charge.keyId === keyId);
          const admitted = ofKey.filter((verdict) => verdict.admitted === 'yes');
          const numbers = admitted.map(({ minute }) => minute).toSorted((a, b) => a - b);
          expect(numbers).toEqual(numbers.map((_, i) => i + 1));
          expect(numbers.length).toBeLessThanOrEqual(callsPerMinute);
          for (const { admitted, minute } of ofKey) if (admitted === 'minute exhausted') expect(minute).toBe(callsPerMinute);
        }
        for (const projectId of projectIds) {
          const ofProject = of((charge) => charge.projectId === projectId && charge.cost === 'call');
          const numbers = ofProject.flatMap(({ admitted, day }) => (admitted === 'yes' ? [day ?? 0] : []));
          expect(numbers.toSorted((a, b) => a - b)).toEqual(numbers.map((_, i) => i + 1));
          expect(numbers.length).toBeLessThanOrEqual(callsPerDay ?? Number.POSITIVE_INFINITY);
          for (const { admitted, day } of ofProject) if (admitted === 'day exhausted') expect(day).toBe(callsPerDay);
        }
        expect(of(({ cost }) => cost === 'minute').filter(({ admitted }) => admitted === 'day exhausted')).toEqual([]);
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});

describe('over any run of calls', () => {
  it('gives the verdicts and keeps the counters of a plain reference, and reading foretells each verdict', async () => {
    await fc.assert(
      fc.asyncProperty(meterSteps, async (run) => {
        await clearCounters();
        const reference = referenceMeter({ opensMinuteOnRefusal: true });
        let now = Date.parse('2026-03-14T23:59:00.000Z');
        for (const { clockMoves, ...step } of run) {
          now += clockMoves;
          const charge = call({ ...step, at: new Date(now) });
          expect(await meter.read(charge)).toEqual(reference.read(charge));
          expect(await meter.charge(charge)).toEqual(reference.charge(charge));
        }
        const kept = (await counters()).map(({ counter, window, calls }) => `${counter} ${window}: ${calls}`);
        expect(kept.toSorted()).toEqual(reference.counters().toSorted());
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
