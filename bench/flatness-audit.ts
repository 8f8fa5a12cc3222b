import { createHash, randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { type FlatnessSubject, inBulk } from './flatness.ts';
import type { Scratch } from './scratch.ts';
import { seedKey, seedTenant, type Tenant } from './seed.ts';
import { recordList, type Statement } from './statements.ts';

/** The list of the audit log, by each of its filters. */
export const AUDIT: FlatnessSubject = {
  title: 'The audit log on 10^3, 10^4, 10^5 and 10^6 entries',
  about: 'All of one organization; each filter finds a share of them that is the same at every size, but for one request.',
  prepare,
};

const KEYS = Array.from({ length: 20 }, () => randomUUID());

/** Inserts `count` entries of one organization, a second apart. Their hashes are made up: they are read and not verified. */
export async function seedAudit(
  client: Pick<PoolClient, 'query'>,
  { orgId, userId, projectId }: Tenant,
  count: number,
): Promise<void> {
  await client.query(
    `insert into audit_entry (id, at, org_id, project_id, actor_type, actor_id, api_key_id, api_key_name, api_key_prefix, action,
       resource_type, resource_id, request_id, ip, user_agent, outcome, code, diff, seq, prev_hash, hash)
     select gen_random_uuid(), timestamptz '2026-01-01 00:00:00Z' + n * interval '1 second', $1,
       case when n % 3 = 0 then null else $3::uuid end, case when n % 4 = 0 then 'user' else 'api_key' end::audit_actor_type, $2,
       case when n % 4 > 0 then ($5::uuid[])[1 + n % 20] end, case when n % 4 > 0 then 'Nightly sync' end,
       case when n % 4 > 0 then 'riq_live_4fK' end,
       (array['feature.created', 'feature.status_changed', 'comment.created', 'api_key.created', 'backlog.list'])[1 + n % 5],
       (array['feature', 'feature', 'comment', 'api_key', null])[1 + n % 5], md5('resource' || n % 40),
       'req_' || substr(md5(n::text), 1, 16), '203.0.113.7', 'reqbase-sync/2.1 (node)',
       case when n % 5 = 4 then 'denied' else 'allowed' end::audit_outcome, case when n % 5 = 4 then 'INSUFFICIENT_SCOPE' end,
       case when n % 5 = 4 then null else '{"from": "NEEDS_ACTION", "to": "IN_PROGRESS"}'::jsonb end,
       n, encode(sha256(convert_to((n - 1)::text, 'UTF8')), 'hex'), encode(sha256(convert_to(n::text, 'UTF8')), 'hex')
     from generate_series(1, $4::int) n`,
    [orgId, userId, projectId, count, KEYS],
  );
  await client.query(
    `update audit_head set seq = $2::int4, hash = encode(sha256(convert_to($2::int4::text, 'UTF8')), 'hex') where org_id = $1`,
    [orgId, count],
  );
}

async function prepare(scratch: Scratch, size: number): Promise<ReadonlyMap<string, () => Statement>> {
  const tenant = await seedTenant(scratch);
  await inBulk(scratch, ['audit_entry'], (client) => seedAudit(client, tenant, size));
  const apiKey = await seedOrganizationKey(scratch, tenant);
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  const [keyId] = KEYS.slice(9);
  const filters: Readonly<Record<string, object>> = {
    all: {},
    'one person': { principalId: tenant.userId },
    'one key': { keyId },
    'one action': { action: ['api_key.created'] },
    'three actions': { action: ['api_key.created', 'comment.created', 'backlog.list'] },
    'one type': { resourceType: 'comment' },
    'one resource': { resourceId: md5('resource7') },
    denied: { outcome: 'denied' },
    'one project': { projectId: tenant.projectId },
    'one request': { requestId: `req_${md5('500').slice(0, 16)}` },
    'of one key, denied': { keyId, outcome: 'denied' },
    'of the first hour': { createdBefore: '2026-01-01T01:00:00.000Z' },
  };
  const statements = new Map<string, () => Statement>();
  for (const [name, filter] of Object.entries(filters)) {
    const page = async (cursor?: string) =>
      recordList(scratch.url, { slug: tenant.slug, apiKey }, (caller) =>
        caller.audit.list({ organizationId: tenant.orgId, ...filter, ...(cursor !== undefined && { cursor }) }),
      );
    const { list, answer } = await page();
    statements.set(name, () => list);
    if (name !== 'all' || answer.nextCursor === null) continue;
    const second = await page(answer.nextCursor);
    statements.set('all, second page', () => second.list);
  }
  return statements;
}

/** A key of the whole organization that may read its log. */
export async function seedOrganizationKey(scratch: Scratch, tenant: Tenant): Promise<string> {
  const apiKey = await seedKey(scratch, tenant, ['audit:read']);
  await scratch.sql.query(`update api_key set project_id = null where scopes @> '[{"permission": "audit:read"}]'`);
  return apiKey;
}
