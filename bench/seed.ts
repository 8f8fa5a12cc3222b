import { createHash, randomUUID } from 'node:crypto';
import { deriveSecrets, displayPrefix, formatKey, generateKey, hashSecret } from '@reqbase/auth';
import type { PoolClient } from 'pg';
import type { Scratch } from './scratch.ts';

/** The installation's SECRET in every process of a run. */
export const SECRET = 'the SECRET of the benchmark that nobody else has';

/** One caller: an organization on the highest plan with a project and a key that may read all of it. */
export type Tenant = {
  readonly orgId: string;
  readonly userId: string;
  readonly projectId: string;
  readonly slug: string;
  /** As its holder presents it. */
  readonly apiKey: string;
};

/** Inserts a tenant with its counters opened for today and tomorrow, so that no measured call is a project's first. */
export async function seedTenant({ sql }: Scratch): Promise<Tenant> {
  const [orgId, userId, projectId] = [randomUUID(), randomUUID(), randomUUID()];
  const slug = `bench-${projectId.slice(0, 8)}`;
  await sql.query(`insert into organization (id, name, slug, plan, updated_at) values ($1, 'Bench', $2, 'enterprise', now())`, [
    orgId,
    slug,
  ]);
  await sql.query(`insert into "user" (id, name, email, updated_at) values ($1, 'Ada', $2, now())`, [
    userId,
    `${userId}@example.test`,
  ]);
  await sql.query(`insert into organization_member (org_id, user_id, role) values ($1, $2, 'owner')`, [orgId, userId]);
  await sql.query(`insert into project (id, org_id, name, slug, updated_at) values ($1, $2, 'Bench', $3, now())`, [
    projectId,
    orgId,
    slug,
  ]);
  await sql.query(
    `insert into usage_day (project_id, day, calls) select $1, (now() at time zone 'UTC')::date + ahead, 0 from generate_series(0, 1) ahead`,
    [projectId],
  );
  const tenant = { orgId, userId, projectId, slug };
  return { ...tenant, apiKey: await seedKey({ sql }, tenant, ['backlog:read', 'conversations:read']) };
}

/** Inserts a key of the tenant's project with these scopes; returns its text. */
export async function seedKey(
  { sql }: Pick<Scratch, 'sql'>,
  tenant: Omit<Tenant, 'apiKey'>,
  scopes: readonly string[],
): Promise<string> {
  const keyId = randomUUID();
  const [pepper] = deriveSecrets(SECRET).peppers;
  const key = generateKey('riq');
  const grants = JSON.stringify(scopes.map((permission) => ({ permission })));
  await sql.query(
    `insert into api_key (id, org_id, project_id, name, public_id, prefix, secret_hash, pepper_id, scopes, owner_user_id, updated_at)
     values ($1, $2, $3, 'Bench', $4, $5, $6, $7, $8, $9, now())`,
    [
      keyId,
      tenant.orgId,
      tenant.projectId,
      key.keyId,
      displayPrefix(key),
      hashSecret(pepper, key.secret),
      pepper.id,
      grants,
      tenant.userId,
    ],
  );
  await sql.query(`insert into key_rate (key_id, minute, calls) values ($1, 'epoch', 0)`, [keyId]);
  return formatKey(key);
}

/** Inserts `count` features, a minute apart, of all categories and statuses, with texts of a usual length. */
export async function seedFeatures(sql: Pick<PoolClient, 'query'>, { projectId }: Tenant, count: number): Promise<void> {
  await sql.query(
    `insert into feature (id, project_id, number, title, description, category, status, vote_count, comment_count, revenue_weight,
       tags, page_url, source, status_changed_at, created_at, updated_at)
     select gen_random_uuid(), $1, n, 'Request ' || n || ' for a better export of invoices',
       'Our finance team needs this at the end of every month; today they copy ' || n || ' rows by hand.',
       (array['FEATURE', 'FEATURE', 'FEATURE', 'ERROR', 'FEEDBACK', 'OTHER'])[1 + n % 6]::feature_category,
       (array['NEEDS_ACTION', 'IN_PROGRESS', 'COMPLETED', 'NEEDS_ACTION'])[1 + n / 6 % 4]::feature_status,
       hashint4(n) & 1023, n % 7, (hashint4(n) & 1023) * 4900, array['billing', 'export'], 'https://app.example.com/invoices', 'widget',
       at, at, at
     from generate_series(1, $2::int) n, lateral (select timestamptz '2026-01-01 00:00:00Z' + n * interval '1 minute') t (at)`,
    [projectId, count],
  );
}

const KEYS_PER_TENANT = 10;

/** Inserts `count` keys, ten to a tenant, the tenants with them. No foreign key is checked: run it with the checks off. */
export async function seedKeys(sql: Pick<PoolClient, 'query'>, count: number): Promise<void> {
  const tenants = Math.ceil(count / KEYS_PER_TENANT);
  const id = (kind: string, number: string) => `md5('${kind}' || ${number})::uuid`;
  const perTenant = [
    `insert into organization (id, name, slug, plan, updated_at) select ${id('org', 'n')}, 'Bench', 'many-' || n, 'pro', now()`,
    `insert into "user" (id, name, email, updated_at) select ${id('user', 'n')}, 'Ada', n || '@example.test', now()`,
    `insert into organization_member (org_id, user_id, role) select ${id('org', 'n')}, ${id('user', 'n')}, 'owner'`,
    `insert into project (id, org_id, name, slug, updated_at) select ${id('project', 'n')}, ${id('org', 'n')}, 'Bench', 'many-' || n, now()`,
  ];
  for (const insert of perTenant) await sql.query(`${insert} from generate_series(1, ${tenants}) n`);
  await sql.query(
    `insert into api_key (id, org_id, project_id, name, public_id, prefix, secret_hash, pepper_id, scopes, owner_user_id, updated_at)
     select ${id('key', 'n')}, ${id('org', 'tenant')}, ${id('project', 'tenant')}, 'Bench', substr(md5(n::text), 1, 12),
       'riq_live_' || substr(md5(n::text), 1, 12), sha256(n::text::bytea), 'none', '[{"permission": "backlog:read"}]', ${id('user', 'tenant')}, now()
     from generate_series(1, $1::int) n, lateral (select (n - 1) / ${KEYS_PER_TENANT} + 1) t (tenant)`,
    [count],
  );
}

/** The public id of key `number` of `seedKeys`, and the slug of its project. */
export function seededKey(number: number): { publicId: string; slug: string } {
  const publicId = createHash('md5').update(String(number)).digest('hex').slice(0, 12);
  return { publicId, slug: `many-${Math.floor((number - 1) / KEYS_PER_TENANT) + 1}` };
}
