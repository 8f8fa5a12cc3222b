import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { TestTenant } from '@reqbase/auth/testing';
import type { Prisma } from '@reqbase/db';
import type { TestCore } from '../../testing.ts';
import { audienceOf } from './identity.ts';
import { makeSecret } from './identity-secrets.ts';

/** An anonymous id as the widget makes one. */
export function newAnonymousId(): string {
  return randomBytes(32).toString('base64url');
}

/** Gives the project a secret for identity tokens; returns its text. */
export async function seedIdentitySecret(
  { core }: Pick<TestCore, 'core'>,
  { project }: Pick<TestTenant, 'project'>,
): Promise<string> {
  return core.access.db.prisma.$transaction(async (tx) => (await makeSecret(tx, core, project.id)).text);
}

/** An identity token as the project's backend makes it, of now and for 300 s. */
export function identityToken(
  { core, clock }: Pick<TestCore, 'core' | 'clock'>,
  { project }: Pick<TestTenant, 'project'>,
  secret: string,
  claims: Readonly<Record<string, unknown>> & { readonly sub: string },
): string {
  const iat = Math.floor(clock.now().getTime() / 1_000);
  const payload = { aud: audienceOf(core.publicUrl, project.id), iat, exp: iat + 300, ...claims };
  const text = [{ alg: 'HS256', typ: 'JWT' }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** A requester's columns: identified by the API just now, unless said otherwise. */
export function requesterRow(
  { clock }: Pick<TestCore, 'clock'>,
  { project }: Pick<TestTenant, 'project'>,
  columns: Partial<Prisma.RequesterCreateManyInput> = {},
) {
  const now = clock.now();
  return {
    id: randomUUID(),
    projectId: project.id,
    kind: 'identified' as const,
    identityMethod: 'api' as const,
    identifiedAt: now,
    firstSeenAt: now,
    lastSeenAt: now,
    createdAt: now,
    updatedAt: now,
    ...columns,
  };
}

/** Adds a requester past the service; returns its id. */
export async function seedRequester(
  core: Pick<TestCore, 'db' | 'clock'>,
  tenant: Pick<TestTenant, 'project'>,
  columns?: Partial<Prisma.RequesterCreateManyInput>,
): Promise<string> {
  const row = requesterRow(core, tenant, columns);
  await core.db.prisma.requester.create({ data: row });
  return row.id;
}

/** Where a feature's weight differs from the revenue of those who asked for it: nowhere, ever. */
export function weightDriftOf({ db }: Pick<TestCore, 'db'>): Promise<object[]> {
  return db.sql.query(`
    select f.id, f.revenue_weight, w.weight from feature f
    cross join lateral (
      select least(coalesce(sum(monthly_revenue), 0), 2147483647)::int4 as weight from requester
      where id = f.requester_id or id in (select requester_id from vote where feature_id = f.id)
    ) w where f.revenue_weight <> w.weight`);
}
