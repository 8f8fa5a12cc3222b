import { isDeepStrictEqual } from 'node:util';
import { DomainError, planIncludes } from '@reqbase/auth';
import { Prisma, type Transaction } from '@reqbase/db';
import { publish } from '../../live.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import type { UpdateWidget, WidgetConfig } from './schema.ts';
import {
  effectiveConfig,
  STORED_WIDGET,
  type StoredRow,
  type StoredWidget,
  toStoredWidget,
  WIDGET_DEFAULTS,
  WIDGET_EXTRAS_PLAN,
} from './stored-config.ts';

/** The project's configuration, as it applies on its plan. */
export async function getWidget(ctx: ProjectContext): Promise<WidgetConfig> {
  const { config, organization, project } = await readStored(ctx.access.db.prisma, ctx);
  return { projectId: project.id, ...effectiveConfig(config, organization.plan) };
}

type Config = Omit<WidgetConfig, 'projectId' | 'version' | 'updatedAt'>;
type Changes = Partial<Config>;

/**
 * Changes what is given of the configuration. `allowedOrigins` are the project's own: the same in both.
 *
 * @throws {DomainError} NO_UPDATES; PLAN_REQUIRED for what needs Pro; PRECONDITION_FAILED when `ifVersion` is not the present one
 */
export async function updateWidget(
  ctx: ProjectContext,
  { projectId: _named, ifVersion, ...input }: UpdateWidget,
): Promise<WidgetConfig> {
  const given = changesIn(input);
  if (Object.keys(given).length === 0) throw new DomainError('NO_UPDATES');
  const { plan } = ctx.tenant.organization;
  if (needsExtras(given) && !planIncludes(plan, WIDGET_EXTRAS_PLAN))
    throw new DomainError('PLAN_REQUIRED', { detail: { requiredPlan: WIDGET_EXTRAS_PLAN } });
  const projectId = ctx.tenant.project.id;
  return write(ctx, async (tx, audit) => {
    await lockProject(tx, projectId);
    const { config: before } = await readStored(tx, ctx);
    if (ifVersion !== undefined && ifVersion !== before.version) throw new DomainError('PRECONDITION_FAILED');
    const changed = (Object.keys(given) as (keyof Changes)[]).filter((name) => !isDeepStrictEqual(given[name], before[name]));
    if (changed.length > 0) {
      const { allowedOrigins, ...own } = { ...before, ...given };
      const now = ctx.clock();
      await store(tx, projectId, own, now);
      if (changed.includes('allowedOrigins'))
        await tx.project.update({
          where: { id: projectId },
          data: { allowedOrigins, updatedAt: now, version: { increment: 1 } },
          select: { id: true },
        });
      await audit({ action: 'widget.updated', resourceType: 'project', resourceId: projectId, diff: { changed } });
      await publish(tx, ctx, { kind: 'widget', isPrivate: false });
      if (changed.includes('allowedOrigins')) await publish(tx, ctx, { kind: 'project', isPrivate: false });
    }
    const { config, organization } = await readStored(tx, ctx);
    return { projectId, ...effectiveConfig(config, organization.plan) };
  });
}

/** Notes that the project's own part of the configuration has changed: its ETag is made of the version. */
export async function noteOriginsChanged(tx: Transaction, projectId: string, now: Date): Promise<void> {
  await tx.widgetConfig.upsert({
    where: { projectId },
    create: { projectId, createdAt: now, updatedAt: now },
    update: { version: { increment: 1 }, updatedAt: now },
    select: { projectId: true },
  });
}

/** Makes writers of a project's settings take turns; rows that refer to the project do not wait. */
export async function lockProject(tx: Transaction, projectId: string): Promise<void> {
  await tx.$queryRaw`select id from project where id = ${projectId}::uuid for no key update`;
}

/** What is given; an empty style sheet is none. */
function changesIn(input: Omit<UpdateWidget, 'projectId' | 'ifVersion'>): Changes {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [name, name === 'customCss' && value === '' ? null : value]));
}

/** Only what is asked for: giving up the extras needs no plan. */
function needsExtras({ commentsEnabled, showBranding, customCss }: Changes): boolean {
  return commentsEnabled === true || showBranding === false || (customCss !== undefined && customCss !== null);
}

async function readStored(tx: Transaction, { access, tenant }: ProjectContext): Promise<StoredWidget> {
  const [row] = await tx.$queryRawUnsafe<StoredRow[]>(STORED_WIDGET, tenant.project.id, null, access.source.defaultPlan);
  if (row === undefined) throw new DomainError('PROJECT_NOT_FOUND');
  return toStoredWidget(row);
}

const POSITIONS = { 'bottom-right': 'bottom_right', 'bottom-left': 'bottom_left' } as const;

async function store(
  tx: Transaction,
  projectId: string,
  config: Omit<WidgetConfig, 'projectId' | 'allowedOrigins'>,
  now: Date,
): Promise<void> {
  const { version: _version, updatedAt: _updatedAt, position, operatingHours, ...columns } = { ...WIDGET_DEFAULTS, ...config };
  const data = {
    ...columns,
    position: POSITIONS[position],
    operatingHours: operatingHours ?? Prisma.DbNull,
    updatedAt: now,
  };
  await tx.widgetConfig.upsert({
    where: { projectId },
    create: { ...data, projectId, createdAt: now },
    update: { ...data, version: { increment: 1 } },
    select: { projectId: true },
  });
}
