import type { Sql } from '@reqbase/db';

/** What one call is charged to. Sessions are not metered, so there is always a key or a token. */
export type Charge = {
  readonly keyId: string;
  /** Null for calls about no project: they count in the minute only. */
  readonly projectId: string | null;
  readonly callsPerMinute: number;
  /** Null: unlimited; the calls are counted all the same. */
  readonly callsPerDay: number | null;
  readonly at: Date;
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
  charge(charge: Charge): Promise<Verdict>;
  /** Reads the counters and moves none. */
  read(charge: Charge): Promise<Verdict>;
  /** Calls of a project on a UTC day (`YYYY-MM-DD`), by all its keys: the counter that the quota is held against. */
  callsOn(projectId: string, day: string): Promise<number>;
  /** Calls of a project by day and key, on the days from `first` to `last` that have any. */
  callsByKey(projectId: string, first: string, last: string): Promise<KeyDay[]>;
  /** The minute of each key's last metered call; without an entry for one that was never used. */
  lastUsed(keyIds: readonly string[]): Promise<ReadonlyMap<string, Date>>;
};

export type KeyDay = { readonly day: string; readonly keyId: string; readonly calls: number };

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

// One statement, so one transaction: both counters are locked (always the minute first), judged, then moved together.
// The locks make racing calls queue up, and a row read under its lock is the newest one, so the last unit is given once.
// A clock that went back, or lags behind another process's, counts into the window that is already open.
const CHARGE = `
  with m as materialized (
    select minute, calls from key_rate where key_id = $1 for update
  ), d as materialized (
    select u.calls from m, usage_day u where u.project_id = $2 and u.day = $3::date for update of u
  ), verdict as materialized (
    select
      greatest(m.minute, $4::timestamptz) as minute,
      case when m.minute >= $4::timestamptz then m.calls else 0 end as minute_calls,
      d.calls as day_calls
    from m left join d on true
  ), judged as materialized (
    select *,
      minute_calls + 1 <= $5::int4 as minute_ok,
      $7::int4 = 0 or $6::int4 is null or day_calls + $7::int4 <= $6::int4 as day_ok
    from verdict
    where $2::uuid is null or day_calls is not null
  ), moved_minute as (
    update key_rate r set minute = j.minute, calls = j.minute_calls + 1
    from judged j where r.key_id = $1 and j.minute_ok and j.day_ok
  ), moved_day as (
    update usage_day u set calls = j.day_calls + $7::int4
    from judged j where u.project_id = $2 and u.day = $3::date and $7::int4 > 0 and j.minute_ok and j.day_ok
  ), moved_key as (
    insert into usage_key_day as k (project_id, day, principal_id, calls)
    select $2, $3::date, $1, $7::int4 from judged j where $2::uuid is not null and $7::int4 > 0 and j.minute_ok and j.day_ok
    on conflict (project_id, day, principal_id) do update set calls = k.calls + excluded.calls
  )
  select minute_calls, day_calls, minute_ok, day_ok from judged`;

const READ = `
  select
    coalesce((select calls from key_rate where key_id = $1 and minute >= $4::timestamptz), 0)::int4 as minute_calls,
    coalesce((select calls from usage_day where project_id = $2 and day = $3::date), 0)::int4 as day_calls`;

// The first call of a key, and of a project's day, finds no row to lock.
const OPEN_MINUTE = `
  insert into key_rate (key_id, minute, calls) values ($1, $2, 0) on conflict do nothing`;
const OPEN_DAY = `
  insert into usage_day (project_id, day, calls) values ($1, $2::date, 0) on conflict do nothing`;

type ChargeRow = { minute_calls: number; day_calls: number | null; minute_ok: boolean; day_ok: boolean };

/** The meter over PostgreSQL, embedded or not: one statement a call. */
export function postgresMeter(sql: Sql): Meter {
  return {
    async charge(charge) {
      const { keyId, projectId, callsPerMinute, callsPerDay, at } = charge;
      const cost = charge.cost === 'call' && projectId !== null ? 1 : 0;
      const values = [keyId, projectId, utcDay(at), minuteOf(at), callsPerMinute, callsPerDay, cost];
      let [row] = await sql.query<ChargeRow>(CHARGE, values);
      if (row === undefined) {
        await sql.query(OPEN_MINUTE, [keyId, minuteOf(at)]);
        if (projectId !== null) await sql.query(OPEN_DAY, [projectId, utcDay(at)]);
        [row] = await sql.query<ChargeRow>(CHARGE, values);
        if (row === undefined) throw new Error('the meter found no counter to charge');
      }
      const admitted = verdictOf(row.minute_ok, row.day_ok);
      const moved = admitted === 'yes' ? 1 : 0;
      return {
        admitted,
        minute: row.minute_calls + moved,
        day: row.day_calls === null ? null : row.day_calls + moved * cost,
      };
    },
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
      const rows = await sql.query<{ keyId: string; minute: Date }>(
        'select key_id as "keyId", minute from key_rate where key_id = any($1::uuid[]) and calls > 0',
        [[...keyIds]],
      );
      return new Map(rows.map(({ keyId, minute }) => [keyId, minute]));
    },
  };
}

/** The day is named first when both are used up: waiting for the minute would not help. */
export function verdictOf(isMinuteOk: boolean, isDayOk: boolean): Verdict['admitted'] {
  if (!isDayOk) return 'day exhausted';
  return isMinuteOk ? 'yes' : 'minute exhausted';
}
