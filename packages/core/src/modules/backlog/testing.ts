import { randomUUID } from 'node:crypto';
import type { TestTenant } from '@reqbase/auth/testing';
import type { Prisma } from '@reqbase/db';
import type { TestCore } from '../../testing.ts';

/** A feature's columns: of the category FEATURE and just made, unless said otherwise. */
export function featureRow(
  { clock }: Pick<TestCore, 'clock'>,
  { project }: Pick<TestTenant, 'project'>,
  columns: Partial<Prisma.FeatureCreateManyInput> = {},
) {
  const now = clock.now();
  const id = randomUUID();
  return {
    id,
    projectId: project.id,
    // Numbers are unique in a project; those that the service gives count from 1.
    number: 1_000_000 + (Number.parseInt(id.slice(0, 7), 16) % 1_000_000_000),
    title: `Feature ${id}`,
    tags: [],
    source: 'api' as const,
    statusChangedAt: now,
    createdAt: now,
    updatedAt: now,
    ...columns,
  };
}

/** Adds a feature past the service; returns its id. */
export async function seedFeature(
  core: Pick<TestCore, 'db' | 'clock'>,
  tenant: Pick<TestTenant, 'project'>,
  columns?: Partial<Prisma.FeatureCreateManyInput>,
): Promise<string> {
  const row = featureRow(core, tenant, columns);
  await core.db.prisma.feature.create({ data: row });
  return row.id;
}

/** Where the features' own counts differ from their rows: nowhere, ever. */
export function driftOf({ db }: Pick<TestCore, 'db'>): Promise<object[]> {
  return db.sql.query(`
    select f.id, f.vote_count, v.votes, f.comment_count, c.comments
    from feature f
    cross join lateral (select count(*)::int4 as votes from vote where feature_id = f.id) v
    cross join lateral (select count(*)::int4 as comments from comment where feature_id = f.id and deleted_at is null) c
    where (f.vote_count, f.comment_count) <> (v.votes, c.comments)`);
}
