import { isDeepStrictEqual } from 'node:util';
import { DomainError } from '@reqbase/auth';
import type { Prisma } from '@reqbase/db';
import { publish } from '../../live.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { lockProject, noteOriginsChanged } from '../widget/config.ts';
import type { Project, UpdateProject } from './schema.ts';
import { getProject } from './service.ts';

const SETTINGS = { name: true, domain: true, timezone: true, allowedOrigins: true, agentPaused: true } as const;

/**
 * Changes what is given of the project's settings.
 *
 * @throws {DomainError} NO_UPDATES; PRECONDITION_FAILED when `ifVersion` is not the present version
 */
export async function updateProject(
  ctx: ProjectContext,
  { projectId: _named, organizationId: _of, ifVersion, ...input }: UpdateProject,
): Promise<Project> {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  if (given.length === 0) throw new DomainError('NO_UPDATES');
  const { id } = ctx.tenant.project;
  await write(ctx, async (tx, audit) => {
    await lockProject(tx, id);
    const { version, ...before } = await tx.project.findUniqueOrThrow({ where: { id }, select: { ...SETTINGS, version: true } });
    if (ifVersion !== undefined && ifVersion !== version) throw new DomainError('PRECONDITION_FAILED');
    const changes = Object.fromEntries(
      given.filter(([name, value]) => !isDeepStrictEqual(value, before[name as keyof typeof before])),
    ) as Partial<typeof before>;
    if (Object.keys(changes).length === 0) return;
    const now = ctx.clock();
    await tx.project.update({
      where: { id },
      data: { ...changes, updatedAt: now, version: { increment: 1 } },
      select: { id: true },
    });
    if (changes.allowedOrigins !== undefined) await noteOriginsChanged(tx, id, now);
    await audit({ action: 'project.updated', resourceType: 'project', resourceId: id, diff: diffOf(before, changes) });
    await publish(tx, ctx, { kind: 'project', isPrivate: false });
    if (changes.allowedOrigins !== undefined) await publish(tx, ctx, { kind: 'widget', isPrivate: false });
  });
  return getProject(ctx);
}

function diffOf<Settings extends Prisma.InputJsonObject>(before: Settings, changes: Partial<Settings>): Prisma.InputJsonObject {
  const names = Object.keys(changes) as (keyof Settings & string)[];
  return Object.fromEntries(names.map((name) => [name, { from: before[name] ?? null, to: changes[name] ?? null }]));
}
