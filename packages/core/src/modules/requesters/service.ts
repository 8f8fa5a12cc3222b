import type { Transaction } from '@reqbase/db';
import type { ProjectContext } from '../../trpc.ts';
import type { RequesterInput } from '../backlog/schema.ts';

/** The id of the requester that an API caller names: found by externalId, else by e-mail, else made; once, by however many calls. */
export async function requesterFor(
  tx: Transaction,
  ctx: ProjectContext,
  { externalId, email, name }: RequesterInput,
): Promise<string> {
  const address = email?.toLowerCase() ?? null;
  if (externalId !== undefined) return byExternalId(tx, ctx, externalId, address, name ?? null);
  if (address === null) throw new Error('a requester without externalId and e-mail');
  return byEmail(tx, ctx, address, name ?? null);
}

/** One statement: Prisma's upsert reads first, and fails for the second of two calls at once. */
async function byExternalId(
  tx: Transaction,
  ctx: ProjectContext,
  externalId: string,
  email: string | null,
  name: string | null,
): Promise<string> {
  const now = ctx.clock();
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    insert into requester as r (id, project_id, kind, external_id, email, name, created_at, updated_at)
    values (${ctx.newId()}::uuid, ${ctx.tenant.project.id}::uuid, 'identified', ${externalId}, ${email}, ${name}, ${now}, ${now})
    on conflict (project_id, external_id) do update
      set email = coalesce(excluded.email, r.email), name = coalesce(excluded.name, r.name), updated_at = excluded.updated_at
    returning id`;
  if (row === undefined) throw new Error('a requester neither found nor made');
  return row.id;
}

async function byEmail(tx: Transaction, ctx: ProjectContext, email: string, name: string | null): Promise<string> {
  const projectId = ctx.tenant.project.id;
  // E-mail addresses are not unique (two people may share one), so a lock on the address keeps calls from making it twice.
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${`${projectId} ${email}`}, 0))`;
  const known = await tx.requester.findFirst({ where: { projectId, email }, orderBy: { id: 'asc' }, select: { id: true } });
  if (known !== null) return known.id;
  const now = ctx.clock();
  const made = { id: ctx.newId(), projectId, kind: 'identified' as const, email, name, createdAt: now, updatedAt: now };
  return (await tx.requester.create({ data: made, select: { id: true } })).id;
}
