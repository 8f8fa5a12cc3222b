// The floor: the same call, written by hand with Fastify and `pg`. The three prepared statements, each for one call; the key's
// HMAC compared in constant time, the limits kept, the same JSON; no other gate, no schema, no log, no metrics.
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import pg from 'pg';
import { type ListRoute, listByHand, servePeer } from './peer.ts';

type KeyRow = { id: string; secret_hash: Buffer; revoked_at: Date | null; expires_at: Date | null; project_id: string | null };
type Verdict = { minute_ok: boolean; day_ok: boolean };

// Reqbase's two for one call alone: it asks the same, and together for all calls that come at the same time.
const LOOK_UP = `
  select p.id as project_id, p.org_id as project_org_id, p.slug as project_slug,
    o.id as org_id, o.slug as org_slug, o.plan::text as plan,
    om.role as organization_role, pm.role as project_role, u.id as user_id, u.name as user_name,
    k.id, k.name, k.prefix, k.secret_hash, k.pepper_id, k.org_id as key_org_id, k.project_id as bound_project_id,
    k.scopes, k.expires_at, k.revoked_at, k.service_account_id,
    case when sa.disabled_at is null then sa.role end as service_account_role
  from api_key k
  join organization o on o.id = k.org_id
  left join project p on p.deleted_at is null and p.id = (select x.id from project x where x.slug = $2)
  left join "user" u on u.id = k.owner_user_id
  left join service_account sa on sa.id = k.service_account_id
  left join organization_member om on om.org_id = k.org_id and om.user_id = k.owner_user_id
  left join project_member pm on pm.project_id = p.id and pm.user_id = k.owner_user_id
  where k.public_id = $1`;
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

const CALLS_PER_MINUTE = 30_000;
const KEY = /^Bearer [a-z]{2,8}_(?:live|test)_([0-9A-Za-z]{12})_([0-9A-Za-z]{43})[0-9A-Za-z]{6}$/;

servePeer(async (app, options) => {
  const { databaseUrl, poolSize, pepper, tenants } = options;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize });
  const hmacKey = createSecretKey(pepper, 'hex');

  app.get<ListRoute>('/p/:slug/api/v1/features', async (request, reply) => {
    const [, publicId = '', secret = ''] = KEY.exec(request.headers.authorization ?? '') ?? [];
    const lookUp = await pool.query<KeyRow>({
      name: 'lookUp',
      text: LOOK_UP,
      values: [publicId, request.params.slug],
    });
    const [key] = lookUp.rows;
    const hash = createHmac('sha256', hmacKey).update(secret).digest();
    const now = new Date();
    if (
      key === undefined ||
      !timingSafeEqual(hash, key.secret_hash) ||
      key.revoked_at !== null ||
      (key.expires_at !== null && key.expires_at <= now)
    ) {
      return reply.code(401).send({ error: { code: 'UNAUTHORIZED' } });
    }
    const minute = new Date(Math.floor(now.getTime() / 60_000) * 60_000);
    const charge = await pool.query<Verdict>({
      name: 'charge',
      text: CHARGE,
      values: [key.id, key.project_id, now.toISOString().slice(0, 10), minute, CALLS_PER_MINUTE, null, 1],
    });
    const [verdict] = charge.rows;
    if (!verdict?.minute_ok || !verdict.day_ok || key.project_id === null)
      return reply.code(429).send({ error: { code: 'RATE_LIMITED' } });
    return listByHand(pool, options, key.project_id);
  });
  return tenants.map(({ apiKey }) => apiKey);
});
