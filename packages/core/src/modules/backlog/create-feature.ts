import { DomainError, type Issue } from '@reqbase/auth';
import { Prisma, type Transaction } from '@reqbase/db';
import { actOf } from '../../act.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { subscribe } from '../notifications/subscriptions.ts';
import { revenueOf } from '../requesters/revenue.ts';
import { requesterFor } from '../requesters/service.ts';
import { FEATURE_FIELDS, toFeature } from './feature-row.ts';
import type { CreatedFeature, CreateFeature } from './schema.ts';
import { tellCreated } from './tell.ts';
import { isPublic, whereVisible } from './visibility.ts';

const SOURCES = { rpc: 'dashboard', project: 'api', org: 'api', platform: 'api', mcp: 'mcp' } as const;

/**
 * Adds a feature. A requester named with it is found or made, is told of what becomes of it, and has voted for it if it
 * is of a public category.
 *
 * @throws {DomainError} BAD_REQUEST for a rating or an error report on another category than its own
 */
export async function createFeature(ctx: ProjectContext, input: CreateFeature): Promise<CreatedFeature> {
  const issues = misplacedFields(input);
  if (issues.length > 0) throw new DomainError('BAD_REQUEST', { issues });
  return write(ctx, async (tx, audit) => {
    const possibleDuplicates = await openOnesTitled(tx, ctx, input.title);
    const requesterId = input.requester ? await requesterFor(tx, ctx, input.requester) : null;
    const hasVote = requesterId !== null && isPublic(input.category);
    const now = ctx.clock();
    const row = await tx.feature.create({
      data: {
        id: ctx.newId(),
        projectId: ctx.tenant.project.id,
        number: await nextNumber(tx, ctx.tenant.project.id),
        title: input.title,
        description: input.description ?? null,
        category: input.category,
        subtype: input.subtype ?? null,
        rating: input.rating ?? null,
        errorReport: input.errorReport ?? Prisma.DbNull,
        pageUrl: input.pageUrl ?? null,
        tags: [...new Set(input.tags)],
        requesterId,
        voteCount: hasVote ? 1 : 0,
        revenueWeight: requesterId === null ? 0 : await revenueOf(tx, requesterId),
        source: ctx.surface === 'rpc' && ctx.grant.facts.key !== null ? 'api' : SOURCES[ctx.surface],
        statusChangedAt: now,
        createdAt: now,
        updatedAt: now,
      },
      select: FEATURE_FIELDS,
    });
    if (hasVote) await tx.vote.create({ data: { featureId: row.id, requesterId, createdAt: now } });
    if (requesterId !== null) await subscribe(tx, ctx, { featureId: row.id, requesterId });
    await audit({
      action: 'feature.created',
      resourceType: 'feature',
      resourceId: row.id,
      // A private title is for who may read conversations, which reading the log does not ask for.
      diff: { category: row.category, ...(isPublic(row.category) && { title: row.title }) },
    });
    await tellCreated(tx, actOf(ctx), row);
    return { ...toFeature(row, ctx.grant), possibleDuplicates };
  });
}

function misplacedFields({ category, rating, errorReport }: CreateFeature): Issue[] {
  const issues: Issue[] = [];
  if (rating != null && category !== 'FEEDBACK') issues.push({ path: 'rating', message: 'Only FEEDBACK has a rating.' });
  if (errorReport != null && category !== 'ERROR')
    issues.push({ path: 'errorReport', message: 'Only ERROR has an error report.' });
  return issues;
}

/** The row lock on the project makes writers queue here: numbers have no gap and no twin. */
export async function nextNumber(tx: Transaction, projectId: string): Promise<number> {
  // Not by the model, which would say that the project itself has changed: to its ETag, and to who may not see the request.
  const [row] = await tx.$queryRaw<{ number: number }[]>`
    update project set feature_number = feature_number + 1 where id = ${projectId}::uuid returning feature_number as number`;
  if (row === undefined) throw new DomainError('PROJECT_NOT_FOUND');
  return row.number;
}

async function openOnesTitled(
  tx: Transaction,
  ctx: ProjectContext,
  title: string,
): Promise<CreatedFeature['possibleDuplicates']> {
  return tx.feature.findMany({
    where: {
      projectId: ctx.tenant.project.id,
      deletedAt: null,
      status: { not: 'COMPLETED' },
      // Prisma compares by ILIKE: unescaped, a title would be a pattern.
      title: { equals: title.replace(/[\\%_]/g, '\\$&'), mode: 'insensitive' },
      ...whereVisible(ctx.grant),
    },
    select: { id: true, number: true, title: true, status: true, voteCount: true },
    orderBy: { voteCount: 'desc' },
    take: 5,
  });
}
