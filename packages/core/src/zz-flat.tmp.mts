import { seedTenant } from '@reqbase/auth/testing';
import { callAsUser, openTestCore } from './testing.ts';
const core = await openTestCore('postgres');
const sqlTexts: [string, unknown[]][] = [];
const orig = core.db.sql.query.bind(core.db.sql);
const tenants: Record<number, any> = {};
for (const n of [1000, 1000000]) {
  const t = await seedTenant(core);
  tenants[n] = t;
  // two projects share the table: n identified, n/2 anonymous
  await core.db.sql.query(`insert into requester (id, project_id, kind, external_id, email, name, company, traits, monthly_revenue, identity_method, first_seen_at, last_seen_at, created_at, updated_at)
   select gen_random_uuid(), $1::uuid, (case when i % 3 = 0 then 'anonymous' else 'identified' end)::requester_kind, case when i % 3 = 0 then null else 'user_' || i end,
     'u' || i || '@example.com', 'Name' || i, 'Company ' || (i % 100), case when i % 3 = 0 then '{}'::jsonb when i % 500 = 1 then '{"plan":"rare"}'::jsonb else '{"plan":"team"}'::jsonb end, i % 1000, 'api',
     now() - make_interval(secs => i), now() - make_interval(secs => (i * 7919::bigint) % 1000003), now() - make_interval(secs => (i * 104729::bigint) % 1000003), now() - make_interval(secs => (i * 1299709::bigint) % 1000003)
   from generate_series(1, ${n}) i`, [t.project.id]);
}
await core.db.script('vacuum analyze requester').catch(async () => core.db.sql.query('analyze requester'));
const cases: [string, object][] = [
  ['default', {}], ['all', { kind: 'all' }], ['anonymous', { kind: 'anonymous' }],
  ...(['createdAt', 'revenue', 'updatedAt'] as const).flatMap((sort): [string, object][] => [[sort, { sort }], [sort + ' asc', { sort, order: 'asc' }], [sort + ' all', { sort, kind: 'all' }]]),
  ['email', { email: 'u4444@example.com' }], ['ext', { externalId: 'user_4' }], ['plan', { plan: 'team' }], ['plan rare', { plan: 'rare' }], ['plan none', { plan: 'nothing' }],
  ['lastSeenAfter', { lastSeenAfter: new Date(Date.now() - 3600e3).toISOString() }], ['createdAfter recent', { createdAfter: new Date(Date.now() - 600e3).toISOString() }],
  ['createdBefore old', { createdBefore: new Date(Date.now() - 900000e3).toISOString() }], ['createdAfter old', { createdAfter: new Date(Date.now() - 900000e3).toISOString() }],
  ['updatedSince recent', { updatedSince: new Date(Date.now() - 600e3).toISOString() }], ['updatedSince old', { updatedSince: new Date(Date.now() - 900000e3).toISOString() }],
  ['q rare', { q: 'name4444' }], ['q prefix', { q: 'name44' }], ['q common', { q: 'company' }],
];
for (const [name, input] of cases) {
  const out: string[] = [];
  for (const n of [1000, 1000000]) {
    const t = tenants[n];
    const me = callAsUser(core, t.user);
    const times: number[] = [];
    let found = 0;
    for (let k = 0; k < 25; k++) {
      const s = performance.now();
      found = (await me.requesters.list({ projectId: t.project.id, ...input })).items.length;
      times.push(performance.now() - s);
    }
    times.sort((a, b) => a - b);
    out.push(`${n}: ${times[12]!.toFixed(2)} ms (max ${times[24]!.toFixed(1)}; ${found})`);
  }
  console.log(name.padEnd(22), out.join('   '));
}
await core.db.close();
