import type { Sql } from '@reqbase/db';
import { batched } from './batch.ts';

/** What one call is charged to. Sessions are not metered, so there is always a key or a token. */
export type Charge = {
  readonly keyId: string;
  /** Null for calls about no project: they count in the minute only. */
  readonly projectId: string | null;
  readonly callsPerMinute: number;
  /** Null: unlimited; the calls are counted all the same. */
  readonly callsPerDay: number | null;
  readonly at: Date;
  /** The address that the call comes from, kept beside the minute: it costs no statement. */
  readonly ip: string | null;
  /** `minute`: counts in the minute but not in the day (an answer given before, asked for again). */
  readonly cost: 'call' | 'minute';
};

export type Counters = {
  /** Calls admitted in this minute, this one included if it was. */
  readonly minute: number;
  /** Calls admitted on this UTC day; null for calls about no project. */
  readonly day: number | null;
};

export type Verdict = Counters & { readonly admitted: 'yes' | 'minute exhausted' | 'day exhausted' };

/**
 * Counts calls against a key's minute and a project's UTC day, exactly and all or nothing: a refused call moves neither.
 * Windows are fixed and aligned (see wire-facts, rulings). Other stores may implement it.
 */
export type Meter = {
  /** @throws {PrincipalGone} where the store knows that there is neither such a key nor such a grant */
  charge(charge: Charge): Promise<Verdict>;
  /** Reads the counters and moves none. */
  read(charge: Charge): Promise<Verdict>;
  /** Calls of a project on a UTC day (`YYYY-MM-DD`), by all its keys: the counter that the quota is held against. */
  callsOn(projectId: string, day: string): Promise<number>;
  /** Calls of a project by day and key, on the days from `first` to `last` that have any. */
  callsByKey(projectId: string, first: string, last: string): Promise<KeyDay[]>;
  /** Each key's last metered call; without an entry for one that was never used. */
  lastUsed(keyIds: readonly string[]): Promise<ReadonlyMap<string, LastUse>>;
};

/** A key's last use: its minute, and the address of one of the calls that came together last. */
export type LastUse = { readonly minute: Date; readonly ip: string | null };

export type KeyDay = { readonly day: string; readonly keyId: string; readonly calls: number };

/** The key or grant that a call comes by has ended since it was looked up: there is nothing left to charge. */
export class PrincipalGone extends Error {
  override readonly name = 'PrincipalGone';
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Start of the minute that `at` falls into. */
export function minuteOf(at: Date): Date {
  return new Date(Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS);
}

/** UTC date of `at` as `YYYY-MM-DD`. */
export function utcDay(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** Whole seconds until the minute ends, at least 1. */
export function secondsToNextMinute(at: Date): number {
  return Math.max(1, Math.ceil((minuteOf(at).getTime() + MINUTE_MS - at.getTime()) / 1_000));
}

/** Whole seconds until 00:00 UTC, at least 1. */
export function secondsToNextDay(at: Date): number {
  return Math.max(1, Math.ceil((DAY_MS - (at.getTime() % DAY_MS)) / 1_000));
}

/** Unix seconds at which the minute of `at` ends. */
export function minuteResetAt(at: Date): number {
  return minuteOf(at).getTime() / 1_000 + 60;
}

/** Unix seconds of the next 00:00 UTC. */
export function dayResetAt(at: Date): number {
  return (Math.floor(at.getTime() / DAY_MS) + 1) * (DAY_MS / 1_000);
}

// One statement, so one transaction, for all calls that come at the same time. Calls with the same counters and limits are a
// group; of a group as many are admitted as both limits have room for. All minutes are locked before any day (the count of m
// is taken first), each in the order of its ids, so that statements that meet queue up and never wait for each other; a row
// read under its lock is the newest one, so the last unit is given once. A group that lacks a row is not in the result.
// A clock that went back, or lags behind another process's, counts into the window that is already open.
const CHARGE = `
  with g as materialized (
    select * from unnest($1::uuid[], $2::uuid[], $3::date[], $4::timestamptz[], $5::int4[], $6::int4[], $7::int4[], $8::int4[],
      $9::text[])
      with ordinality as t (key_id, project_id, day, minute, per_minute, per_day, cost, wanted, ip, n)
  ), m as materialized (
    select key_id, minute, calls from key_rate where key_id = any($1::uuid[]) order by key_id for update
  ), d as materialized (
    select u.project_id, u.calls from g join usage_day u on u.project_id = g.project_id and u.day = g.day
    where (select count(*) from m) = cardinality($1::uuid[])
    order by u.project_id for update of u
  ), standing as materialized (
    select g.*,
      greatest(m.minute, g.minute) as open_minute,
      case when m.minute >= g.minute then m.calls else 0 end as minute_calls,
      d.calls as day_calls
    from g join m on m.key_id = g.key_id left join d on d.project_id = g.project_id
  ), judged as materialized (
    select *,
      greatest(0, least(wanted, per_minute - minute_calls, case when cost > 0 then per_day - day_calls end)) as admitted
    from standing where project_id is null or day_calls is not null
  ), moved_minute as (
    update key_rate r set minute = j.open_minute, calls = j.minute_calls + j.admitted, ip = j.ip
    from judged j where r.key_id = j.key_id and j.admitted > 0
  ), moved_day as (
    update usage_day u set calls = j.day_calls + j.admitted
    from judged j where u.project_id = j.project_id and u.day = j.day and j.cost > 0 and j.admitted > 0
  ), moved_key as (
    insert into usage_key_day as k (project_id, day, principal_id, calls)
    select project_id, day, key_id, admitted from judged where project_id is not null and cost > 0 and admitted > 0
    on conflict (project_id, day, principal_id) do update set calls = k.calls + excluded.calls
  )
  select n::int4 as n, minute_calls, day_calls, admitted from judged`;

const READ = `
  select
    coalesce((select calls from key_rate where key_id = $1 and minute >= $4::timestamptz), 0)::int4 as minute_calls,
    coalesce((select calls from usage_day where project_id = $2 and day = $3::date), 0)::int4 as day_calls`;

// The first call of a key, and of a project's day, finds no row to lock.
const OPEN_MINUTE = `
  insert into key_rate (key_id, minute, calls) values ($1, $2, 0) on conflict do nothing`;
const OPEN_DAY = `
  insert into usage_day (project_id, day, calls) values ($1, $2::date, 0) on conflict do nothing`;

/** Calls with the same counters and the same limits. */
type Group = readonly [Charge, ...Charge[]];
/** Where a group's counters stood, and how many of its calls they had room for. */
type Standing = { readonly minute_calls: number; readonly day_calls: number | null; readonly admitted: number };

/** The meter over PostgreSQL, embedded or not: one statement a call, and one for all calls that come at the same time. */
export function postgresMeter(sql: Sql): Meter {
  return {
    charge: batched({ groupOf, locksOf, run: (groups) => chargeTogether(sql, groups as readonly Group[]) }),
    async read({ keyId, projectId, callsPerMinute, callsPerDay, at, cost }) {
      const [row] = await sql.query<{ minute_calls: number; day_calls: number }>(READ, [
        keyId,
        projectId,
        utcDay(at),
        minuteOf(at),
      ]);
      const minute = row?.minute_calls ?? 0;
      const day = row?.day_calls ?? 0;
      const dayOk = cost === 'minute' || projectId === null || callsPerDay === null || day < callsPerDay;
      return { admitted: verdictOf(minute < callsPerMinute, dayOk), minute, day: projectId === null ? null : day };
    },
    async callsOn(projectId, day) {
      const [row] = await sql.query<{ calls: number }>('select calls from usage_day where project_id = $1 and day = $2::date', [
        projectId,
        day,
      ]);
      return row?.calls ?? 0;
    },
    async callsByKey(projectId, first, last) {
      return sql.query<KeyDay>(
        `select day::text as day, principal_id as "keyId", calls from usage_key_day
         where project_id = $1 and day between $2::date and $3::date order by day`,
        [projectId, first, last],
      );
    },
    async lastUsed(keyIds) {
      const rows = await sql.query<LastUse & { keyId: string }>(
        'select key_id as "keyId", minute, ip from key_rate where key_id = any($1::uuid[]) and calls > 0',
        [[...keyIds]],
      );
      return new Map(rows.map(({ keyId, ...lastUse }) => [keyId, lastUse]));
    },
  };
}

/** The day is named first when both are used up: waiting for the minute would not help. */
export function verdictOf(isMinuteOk: boolean, isDayOk: boolean): Verdict['admitted'] {
  if (!isDayOk) return 'day exhausted';
  return isMinuteOk ? 'yes' : 'minute exhausted';
}

function groupOf({ keyId, projectId, at, callsPerMinute, callsPerDay, cost }: Charge): string {
  return `${keyId} ${projectId} ${utcDay(at)} ${minuteOf(at).getTime()} ${callsPerMinute} ${callsPerDay} ${cost}`;
}

function locksOf({ keyId, projectId }: Charge): string[] {
  return projectId === null ? [keyId] : [keyId, projectId];
}

async function chargeTogether(sql: Sql, groups: readonly Group[]): Promise<(Verdict[] | Error)[]> {
  const standings = await chargeGroups(sql, groups);
  const answers = groups.map(async (group, index) => verdictsOf(group, standings[index] ?? (await openAndCharge(sql, group))));
  // A key that has been deleted meanwhile is its own group's fault.
  return Promise.all(
    answers.map((answer) => answer.catch((error: unknown) => (error instanceof Error ? error : new Error(String(error))))),
  );
}

/** Charges the groups that have their rows; undefined for one that lacks any, or came with one that lacks its key's. */
async function chargeGroups(sql: Sql, groups: readonly Group[]): Promise<(Standing | undefined)[]> {
  const firsts = groups.map(([first]) => first);
  const rows = await sql.query<Standing & { n: number }>(CHARGE, [
    firsts.map(({ keyId }) => keyId),
    firsts.map(({ projectId }) => projectId),
    firsts.map(({ at }) => utcDay(at)),
    firsts.map(({ at }) => minuteOf(at)),
    firsts.map(({ callsPerMinute }) => callsPerMinute),
    firsts.map(({ callsPerDay }) => callsPerDay),
    firsts.map(dayCost),
    groups.map(({ length }) => length),
    firsts.map(({ ip }) => ip),
  ]);
  const standings: (Standing | undefined)[] = groups.map(() => undefined);
  for (const { n, ...standing } of rows) standings[n - 1] = standing;
  return standings;
}

async function openAndCharge(sql: Sql, group: Group): Promise<Standing> {
  const [{ keyId, projectId, at }] = group;
  await sql.query(OPEN_MINUTE, [keyId, minuteOf(at)]).catch((cause: unknown) => {
    throw isForeignKeyViolation(cause) ? new PrincipalGone('there is no key and no grant', { cause }) : cause;
  });
  if (projectId !== null) await sql.query(OPEN_DAY, [projectId, utcDay(at)]);
  const [standing] = await chargeGroups(sql, [group]);
  // Opened a moment ago, and gone with its key or grant.
  if (standing === undefined) throw new PrincipalGone('the meter found no counter to charge');
  return standing;
}

function isForeignKeyViolation(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23503';
}

/** The verdicts of a group's calls, in their order: the first got what there was room for. */
function verdictsOf(group: Group, { minute_calls, day_calls, admitted }: Standing): Verdict[] {
  return group.map((charge, before) => {
    const cost = dayCost(charge);
    const isAdmitted = before < admitted;
    const counted = isAdmitted ? before + 1 : admitted;
    const minute = minute_calls + counted;
    const day = day_calls === null ? null : day_calls + counted * cost;
    const isDayOk = cost === 0 || day === null || charge.callsPerDay === null || day < charge.callsPerDay;
    return { admitted: isAdmitted ? 'yes' : verdictOf(minute < charge.callsPerMinute, isDayOk), minute, day };
  });
}

/** What a call counts in its project's day. */
function dayCost({ cost, projectId }: Charge): 0 | 1 {
  return cost === 'call' && projectId !== null ? 1 : 0;
}
