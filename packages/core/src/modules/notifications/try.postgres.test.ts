import { seedTenant, seedKey } from '@reqbase/auth/testing';
import { it } from 'vitest';
import { callAs, callAsUser, openTestCore } from '../../testing.ts';
import { actIn, seedRequester } from './testing.ts';
import { markRequesterRead, requesterFeed } from './requester-feed.ts';

it('flat', async () => {
  const t = await openTestCore('postgres');
  for (const n of [1_000, 1_000_000]) {
    const tenant = await seedTenant(t, { plan: 'enterprise' });
    const me = callAsUser(t, tenant.user);
    const r = await seedRequester(t, tenant);
    await t.db.script(`
      insert into notification (id, project_id, type, title, actor_kind, actor_id, audience, is_private, channels, created_at)
      select gen_random_uuid(), '${tenant.project.id}', case when n % 300 = 0 then 'member.joined' when n % 301 = 0 then 'announcement.sent' else 'message.received' end,
        'Entry', 'TEAM', '${tenant.user.id}', case when n % 300 = 0 then 'requesters' else 'team' end::notification_audience, n % 40 <> 0, '{in_app}',
        timestamptz '2025-01-01' + n * interval '10 second' from generate_series(1, ${n}) as n;
      insert into notification_receipt (notification_id, requester_id, created_at, read_at) select id, '${r}', created_at, case when random() < 0.01 then null else now() end from notification where project_id = '${tenant.project.id}';
      analyze notification; analyze notification_receipt;`);
    const blind = callAs(t, (await seedKey(t, tenant, { scopes: ['notifications:read'] })).credential);
    const projectId = tenant.project.id;
    const act = actIn(t, tenant);
    const calls: Record<string, () => Promise<any>> = {
      list: () => me.notifications.list({ projectId }),
      type: () => me.notifications.list({ projectId, type: ['announcement.sent'] }),
      types: () => me.notifications.list({ projectId, type: ['announcement.sent', 'member.joined', 'scan.completed'] }),
      audience: () => me.notifications.list({ projectId, audience: 'requesters' }),
      since: () => me.notifications.list({ projectId, createdBefore: '2025-01-01T02:00:00Z' }),
      blind: () => blind.notifications.list({ projectId }),
      unread: () => me.notifications.unreadCount({ projectId }),
      feed: () => requesterFeed(act, r, { limit: 25 }),
      markOne: () => markRequesterRead(act, r, [projectId]),
    };
    for (const [name, call] of Object.entries(calls)) {
      const times = [];
      for (let i = 0; i < 60; i++) { const at = performance.now(); await call(); times.push(performance.now() - at); }
      times.sort((a, b) => a - b);
      console.log(n, name, times[30]?.toFixed(2));
    }
  }
  await t.db.close();
}, 600_000);
