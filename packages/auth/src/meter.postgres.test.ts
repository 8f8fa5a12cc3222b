import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Verdict } from './meter.ts';
import { countersOf, emptyCounters, openTestAccess, seedKey, seedProject, seedTenant, type TestAccess } from './testing.ts';
import type { ChargeMessage, RaceMessage, RaceResult } from './testing-meter-worker.ts';

const PROCESSES = 3;
const IN_FLIGHT = 8;

let access: TestAccess;
let servers: ChildProcess[];
let keyIds: string[];
let projectIds: string[];

beforeAll(async () => {
  access = await openTestAccess('postgres');
  const tenant = await seedTenant(access);
  projectIds = [tenant.project.id];
  for (let i = 0; i < 2; i++) projectIds.push((await seedProject(access, tenant.organization)).id);
  keyIds = [];
  for (let i = 0; i < 3; i++) keyIds.push((await seedKey(access, tenant, { projectId: null })).id);
  const worker = fileURLToPath(new URL('./testing-meter-worker.ts', import.meta.url));
  servers = Array.from({ length: PROCESSES }, () => fork(worker, [access.db.url ?? ''], { execArgv: [] }));
  await Promise.all(servers.map(next));
}, 60_000);

afterAll(async () => {
  await Promise.all(servers.filter(({ exitCode }) => exitCode === null).map(ended));
  await access.db.close();
});

function ended(server: ChildProcess): Promise<unknown> {
  const end = once(server, 'exit');
  server.disconnect();
  return end;
}

/** What a process says next. Its death is an answer too, so that no test waits for the dead. */
async function next(server: ChildProcess): Promise<RaceResult> {
  const listening = new AbortController();
  const { signal } = listening;
  const died = once(server, 'exit', { signal }).then(([code]) => ({ error: `a process ended with ${code}` }));
  const said = once(server, 'message', { signal }).then(([message]) => message as RaceResult);
  return Promise.race([said, died]).finally(() => listening.abort());
}

/** Lets all processes make their calls at the same time; the verdicts of each, in the order of its calls. */
async function race(
  chargesOf: (process: number) => ChargeMessage[],
): Promise<{ charge: ChargeMessage; admitted: Verdict['admitted'] }[]> {
  await emptyCounters(access);
  const all = servers.map((_, process) => chargesOf(process));
  const answers = servers.map(next);
  for (const [process, server] of servers.entries()) {
    server.send({ charges: all[process] ?? [], inFlight: IN_FLIGHT } satisfies RaceMessage);
  }
  const results = await Promise.all(answers);
  return results.flatMap((result, process) => {
    if (result === 'ready' || 'error' in result) throw new Error(result === 'ready' ? 'ready twice' : result.error);
    return (all[process] ?? []).map((charge, i) => ({
      charge,
      admitted: result.verdicts[i] ?? expect.fail('a call without a verdict'),
    }));
  });
}

function charge(
  at: string | number,
  { key = 0, project = 0, ...rest }: { key?: number; project?: number; callsPerMinute?: number; callsPerDay?: number } = {},
): ChargeMessage {
  return {
    keyId: keyIds[key] ?? '',
    projectId: projectIds[project] ?? '',
    callsPerMinute: 100_000,
    callsPerDay: 100_000,
    ip: null,
    cost: 'call',
    at: new Date(at).toISOString(),
    ...rest,
  };
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const admittedOf = <T extends { admitted: string }>(verdicts: T[]) => verdicts.filter(({ admitted }) => admitted === 'yes');

async function callsOf(counter: string, window: string): Promise<number> {
  const rows = await countersOf(access);
  return rows.find((row) => row.counter === counter && row.window === window)?.calls ?? 0;
}

describe(`${PROCESSES} processes on one PostgreSQL`, () => {
  it('racing for the last units of a day get exactly those, from the first call on', async () => {
    const verdicts = await race(() => times(150, () => charge('2026-03-14T12:00:00Z', { callsPerDay: 200 })));
    expect(admittedOf(verdicts)).toHaveLength(200);
    expect(verdicts.filter(({ admitted }) => admitted === 'day exhausted')).toHaveLength(3 * 150 - 200);
    expect(await callsOf(`day of ${projectIds[0]}`, '2026-03-14')).toBe(200);
    expect(await callsOf(`minute of ${keyIds[0]}`, '2026-03-14T12:00')).toBe(200);
  }, 30_000);

  it('racing for the last unit of all: one of them gets it', async () => {
    for (const key of [0, 1, 2]) {
      const verdicts = await race(() => times(IN_FLIGHT, () => charge('2026-03-14T12:00:00Z', { key, callsPerDay: 1 })));
      expect(admittedOf(verdicts)).toHaveLength(1);
    }
  }, 30_000);

  it('racing for the units of a minute get exactly those, and the day is charged for no more', async () => {
    const verdicts = await race(() => times(150, (i) => charge('2026-03-14T12:00:00Z', { project: i % 3, callsPerMinute: 100 })));
    expect(admittedOf(verdicts)).toHaveLength(100);
    const days = await Promise.all(projectIds.map((id) => callsOf(`day of ${id}`, '2026-03-14')));
    expect(days.reduce((sum, calls) => sum + calls, 0)).toBe(100);
  }, 30_000);

  it('racing over midnight UTC, their clocks apart, get exactly the units of both days', async () => {
    const midnight = Date.parse('2026-03-15T00:00:00.000Z');
    // Each crosses midnight in the middle of its calls, and at another moment than the others.
    const verdicts = await race((process) =>
      times(200, (i) => charge(midnight + (i - 100) * 5 + (process - 1) * 40, { callsPerDay: 150 })),
    );
    for (const day of ['2026-03-14', '2026-03-15']) {
      const ofDay = verdicts.filter((verdict) => verdict.charge.at.startsWith(day));
      expect(ofDay.length).toBeGreaterThan(250);
      expect(admittedOf(ofDay)).toHaveLength(150);
      expect(await callsOf(`day of ${projectIds[0]}`, day)).toBe(150);
    }
    expect(verdicts.filter(({ admitted }) => admitted === 'minute exhausted')).toEqual([]);
  }, 30_000);

  it('racing over the end of a minute never get more than the units of both minutes', async () => {
    const boundary = Date.parse('2026-03-14T12:01:00.000Z');
    const verdicts = await race(() => times(200, (i) => charge(i < 100 ? boundary - 1 : boundary, { callsPerMinute: 80 })));
    // A process that is ahead opens the new minute; who is behind then counts into that one.
    expect(admittedOf(verdicts).length).toBeLessThanOrEqual(160);
    expect(await callsOf(`minute of ${keyIds[0]}`, '2026-03-14T12:01')).toBe(80);
    expect(await callsOf(`day of ${projectIds[0]}`, '2026-03-14')).toBe(admittedOf(verdicts).length);
  }, 30_000);

  it('with several keys on one project and one key on several projects neither deadlock nor miscount', async () => {
    const limits = { callsPerMinute: 170, callsPerDay: 130 };
    // Every pair of key and project, each process in another order.
    const verdicts = await race((process) =>
      times(300, (i) =>
        charge('2026-03-14T12:00:00Z', { ...limits, key: (i + process) % 3, project: (i * 2 + Math.floor(i / 3)) % 3 }),
      ),
    );
    expect(new Set(verdicts.map((verdict) => `${verdict.charge.keyId} ${verdict.charge.projectId}`)).size).toBe(9);
    const admitted = admittedOf(verdicts);
    for (const projectId of projectIds) {
      const ofProject = admitted.filter((verdict) => verdict.charge.projectId === projectId);
      expect(ofProject).toHaveLength(130);
      expect(await callsOf(`day of ${projectId}`, '2026-03-14')).toBe(130);
      const byKey = await Promise.all(keyIds.map((keyId) => callsOf(`day of ${projectId} by ${keyId}`, '2026-03-14')));
      expect(byKey).toEqual(keyIds.map((keyId) => ofProject.filter((verdict) => verdict.charge.keyId === keyId).length));
    }
    for (const keyId of keyIds) {
      const ofKey = admitted.filter((verdict) => verdict.charge.keyId === keyId).length;
      expect(ofKey).toBeLessThanOrEqual(170);
      expect(await callsOf(`minute of ${keyId}`, '2026-03-14T12:00')).toBe(ofKey);
    }
  }, 30_000);
});
