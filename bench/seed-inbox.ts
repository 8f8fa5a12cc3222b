import { randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { Tenant } from './seed.ts';

type Sql = Pick<PoolClient, 'query'>;

/** An id that a text gives, the same wherever it is written; of the form of UUIDv4, since answers are validated. */
const idOf = (text: string) => `overlay(overlay(md5(${text}) placing '4' from 13 for 1) placing '8' from 17 for 1)::uuid`;
const AT = `lateral (select timestamptz '2026-01-01 00:00:00Z' + n * interval '1 minute') t (at)`;

/** Inserts `count` requesters, a minute apart: every tenth a visitor without a name. */
export async function seedRequesters(sql: Sql, { projectId }: Tenant, count: number): Promise<void> {
  await sql.query(
    `insert into requester (id, project_id, kind, external_id, email, email_verified, name, company, traits, monthly_revenue,
       identity_method, first_seen_at, last_seen_at, created_at, updated_at)
     select ${idOf("'requester' || n")}, $1, case when n % 10 = 0 then 'anonymous' else 'identified' end::requester_kind,
       case when n % 10 > 0 then 'customer-' || n end, case when n % 10 > 0 then 'person' || n || '@customer.example' end,
       n % 10 > 0, 'Person ' || n, (array['Northwind', 'Contoso', 'Initech'])[1 + n % 3], '{"plan": "team"}',
       (hashint4(n) & 1023) * 100, 'jwt', at, at, at, at
     from generate_series(1, $2::int) n, ${AT}`,
    [projectId, count],
  );
}

/** Inserts `count` conversations of these requesters, a minute apart, of all statuses. */
export async function seedConversations(sql: Sql, { projectId }: Tenant, count: number): Promise<void> {
  await sql.query(
    `insert into conversation (id, project_id, requester_id, subject, status, priority, channel, tags, message_seq, unread_count,
       last_message_preview, last_message_at, waiting_since, snoozed_until, created_at, updated_at)
     select ${idOf("'conversation' || n")}, $1, ${idOf("'requester' || n")}, 'Question ' || n || ' about an invoice', status::conversation_status,
       'normal', 'widget', array['billing'], 1, n % 2, 'Where do I find the invoice number ' || n || '?', at,
       case when status = 'open' then at end, case when status = 'snoozed' then at + interval '1 year' end, at, at
     from generate_series(1, $2::int) n, ${AT},
       lateral (select (array['open', 'pending', 'snoozed', 'resolved', 'closed'])[1 + n % 5]) s (status)`,
    [projectId, count],
  );
}

/** Inserts a conversation of `count` messages and returns its id. */
export async function seedThread(sql: Sql, { projectId }: Tenant, count: number): Promise<string> {
  const id = randomUUID();
  await sql.query(
    `insert into conversation (id, project_id, subject, channel, tags, message_seq, last_message_at, created_at, updated_at)
     values ($1, $2, 'A long thread', 'widget', '{}', $3, now(), now(), now())`,
    [id, projectId, count],
  );
  await sql.query(
    `insert into message (id, conversation_id, seq, author_kind, author_name, body, via, created_at)
     select gen_random_uuid(), $1, n, (array['TEAM', 'REQUESTER'])[1 + n % 2]::message_author_kind, 'Ada', 'Message ' || n || ' of the thread.',
       'widget', at
     from generate_series(1, $2::int) n, ${AT}`,
    [id, count],
  );
  return id;
}

/** Inserts `count` entries of the feed, a minute apart, every fourth a private one and every fourth an announcement. */
export async function seedNotifications(sql: Sql, { projectId }: Tenant, count: number): Promise<void> {
  await sql.query(
    `insert into notification (id, project_id, type, title, body, actor_kind, audience, is_private, channels, created_at, expires_at)
     select gen_random_uuid(), $1, (array['feature.created', 'comment.created', 'message.received', 'announcement.sent'])[1 + n % 4], 'Entry ' || n, 'Its text',
       'REQUESTER', (array['team', 'requesters'])[1 + n % 2]::notification_audience, n % 4 = 2, array['in_app'], at,
       case when n % 4 = 3 then at + interval '1 day' end
     from generate_series(1, $2::int) n, ${AT}`,
    [projectId, count],
  );
}

/** Inserts a feature of `count` comments and returns its id. */
export async function seedComments(sql: Sql, { projectId }: Tenant, count: number): Promise<string> {
  const id = randomUUID();
  await sql.query(
    `insert into feature (id, project_id, number, title, tags, comment_count, source, status_changed_at, created_at, updated_at)
     values ($1, $2, 1, 'A much discussed request', '{}', $3, 'widget', now(), now(), now())`,
    [id, projectId, count],
  );
  await sql.query(
    `insert into comment (id, feature_id, author_kind, author_name, body, created_at)
     select gen_random_uuid(), $1, 'TEAM', 'Ada', 'Comment ' || n, at from generate_series(1, $2::int) n, ${AT}`,
    [id, count],
  );
  return id;
}

/** Inserts sixty members of the project among `count` of other projects, which are nowhere else. */
export async function seedMembers(sql: Sql, { projectId }: Tenant, count: number): Promise<void> {
  await sql.query(
    `insert into "user" (id, name, email, email_verified, created_at, updated_at)
     select ${idOf("'member' || n")}, 'Person ' || n, 'member' || n || '@example.test', true, at, at from generate_series(1, 60) n, ${AT}`,
  );
  await sql.query(
    `insert into project_member (project_id, user_id, role, created_at)
     select case when n <= 60 then $1 else ${idOf("'project' || n / 60")} end, ${idOf("'member' || n")}, 'viewer', at
     from generate_series(1, $2::int + 60) n, ${AT}`,
    [projectId, count],
  );
}
