import { DomainError } from '@reqbase/auth';
import type { Prisma, Transaction } from '@reqbase/db';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { lockName } from '../requesters/service.ts';
import { requireReadable } from './require-readable.ts';
import {
  type CreateWebhook,
  MAX_WEBHOOKS,
  type RotateSecret,
  type UpdateWebhook,
  type Webhook,
  type WebhookRef,
  type WebhookWithSecret,
} from './schema.ts';
import { sealedSecret } from './secrets.ts';
import { newSecret } from './signature.ts';

const HOUR_MS = 3_600_000;

const WEBHOOK_FIELDS = {
  id: true,
  url: true,
  events: true,
  status: true,
  failureCount: true,
  lastTriggeredAt: true,
  formerSecretExpiresAt: true,
  version: true,
  createdAt: true,
} as const satisfies Prisma.WebhookSelect;
export type WebhookRow = Prisma.WebhookGetPayload<{ select: typeof WEBHOOK_FIELDS }>;

export function toWebhook({ formerSecretExpiresAt, ...row }: WebhookRow, now: Date): Webhook {
  const isRotating = formerSecretExpiresAt !== null && formerSecretExpiresAt > now;
  return {
    ...row,
    lastTriggeredAt: row.lastTriggeredAt?.toISOString() ?? null,
    rotatingUntil: isRotating ? formerSecretExpiresAt.toISOString() : null,
    createdAt: row.createdAt.toISOString(),
  };
}

/** @throws {DomainError} WEBHOOK_NOT_FOUND */
export async function getWebhook(ctx: ProjectContext, { webhookId }: WebhookRef): Promise<Webhook> {
  return readWebhook(ctx.access.db.prisma, ctx, webhookId);
}

async function readWebhook(tx: Transaction, ctx: ProjectContext, id: string): Promise<Webhook> {
  const row = await tx.webhook.findFirst({ where: { id, projectId: ctx.tenant.project.id }, select: WEBHOOK_FIELDS });
  if (row === null) throw new DomainError('WEBHOOK_NOT_FOUND');
  return toWebhook(row, ctx.clock());
}

/** In an answer that is kept for retries there is no secret. */
const withoutSecret = (webhook: WebhookWithSecret): WebhookWithSecret => ({ ...webhook, secret: null });

/**
 * Adds a webhook and returns its secret, this once.
 *
 * @throws {DomainError} BAD_REQUEST for a URL that may not be called; INSUFFICIENT_SCOPE for a key that may not read what the
 *   events tell; WEBHOOK_LIMIT for the twenty-first
 */
export async function createWebhook(ctx: ProjectContext, { url, events }: CreateWebhook): Promise<WebhookWithSecret> {
  requireReadable(ctx, events);
  requireTarget(ctx, url);
  const projectId = ctx.tenant.project.id;
  return write(
    ctx,
    async (tx, audit) => {
      // Of two at once, the second counts the first.
      await lockName(tx, `${projectId} webhooks`);
      if ((await tx.webhook.count({ where: { projectId } })) >= MAX_WEBHOOKS) throw new DomainError('WEBHOOK_LIMIT');
      const [id, secret, now] = [ctx.newId(), newSecret(), ctx.clock()];
      const row = await tx.webhook.create({
        data: {
          id,
          projectId,
          url,
          events: [...new Set(events)],
          secretSealed: sealedSecret(ctx.secrets, id, secret),
          createdAt: now,
          updatedAt: now,
        },
        select: WEBHOOK_FIELDS,
      });
      await audit({
        action: 'webhook.created',
        resourceType: 'webhook',
        resourceId: id,
        diff: { host: hostOf(url), events: row.events },
      });
      return { ...toWebhook(row, now), secret };
    },
    { kept: withoutSecret },
  );
}

/**
 * Changes what is given. Enabled again, it begins with no failures.
 *
 * @throws {DomainError} WEBHOOK_NOT_FOUND; NO_UPDATES; BAD_REQUEST for a URL that may not be called; INSUFFICIENT_SCOPE for a
 *   key that may not read what is told; PRECONDITION_FAILED when `ifVersion` is not the present version
 */
export async function updateWebhook(
  ctx: ProjectContext,
  { projectId: _named, webhookId, ifVersion, ...input }: UpdateWebhook,
): Promise<Webhook> {
  if (Object.values(input).every((value) => value === undefined)) throw new DomainError('NO_UPDATES');
  if (input.url !== undefined) requireTarget(ctx, input.url);
  return write(ctx, async (tx, audit) => {
    await lockWebhook(tx, ctx, webhookId);
    const before = await readWebhook(tx, ctx, webhookId);
    if (ifVersion !== undefined && ifVersion !== before.version) throw new DomainError('PRECONDITION_FAILED');
    const changes = changesIn(before, input);
    const changed = Object.keys(changes);
    if (changed.length === 0) return before;
    // Also of another URL alone: it is where all of it goes.
    requireReadable(ctx, changes.events ?? before.events);
    const row = await tx.webhook.update({
      where: { id: webhookId, projectId: ctx.tenant.project.id },
      data: {
        ...changes,
        ...(changes.status === 'active' && { failureCount: 0 }),
        version: { increment: 1 },
        updatedAt: ctx.clock(),
      },
      select: WEBHOOK_FIELDS,
    });
    await audit({
      action: 'webhook.updated',
      resourceType: 'webhook',
      resourceId: webhookId,
      diff: { changed, host: hostOf(row.url), events: row.events, status: row.status },
    });
    return toWebhook(row, ctx.clock());
  });
}

type Changes = { url?: string; events?: string[]; status?: Webhook['status'] };

function changesIn(
  before: Webhook,
  { url, events, status }: Omit<UpdateWebhook, 'projectId' | 'webhookId' | 'ifVersion'>,
): Changes {
  const chosen = events === undefined ? undefined : [...new Set(events)];
  return {
    ...(url !== undefined && url !== before.url && { url }),
    ...(chosen !== undefined && JSON.stringify(chosen) !== JSON.stringify(before.events) && { events: chosen }),
    ...(status !== undefined && status !== before.status && { status }),
  };
}

/** With its deliveries; what is on its way is not sent any more. @throws {DomainError} WEBHOOK_NOT_FOUND */
export async function removeWebhook(ctx: ProjectContext, { webhookId }: WebhookRef): Promise<void> {
  await write(ctx, async (tx, audit) => {
    const { count } = await tx.webhook.deleteMany({ where: { id: webhookId, projectId: ctx.tenant.project.id } });
    if (count === 0) throw new DomainError('WEBHOOK_NOT_FOUND');
    await audit({ action: 'webhook.deleted', resourceType: 'webhook', resourceId: webhookId });
  });
}

/**
 * Makes another secret and returns it, this once. The former one signs beside it for the overlap; one that was former before
 * ends now.
 *
 * @throws {DomainError} WEBHOOK_NOT_FOUND
 */
export async function rotateSecret(ctx: ProjectContext, { webhookId, overlapHours }: RotateSecret): Promise<WebhookWithSecret> {
  return write(
    ctx,
    async (tx, audit) => {
      const { secretSealed } = await lockWebhook(tx, ctx, webhookId);
      const [secret, now] = [newSecret(), ctx.clock()];
      const row = await tx.webhook.update({
        where: { id: webhookId, projectId: ctx.tenant.project.id },
        data: {
          secretSealed: sealedSecret(ctx.secrets, webhookId, secret),
          formerSecretSealed: overlapHours === 0 ? null : secretSealed,
          formerSecretExpiresAt: overlapHours === 0 ? null : new Date(now.getTime() + overlapHours * HOUR_MS),
          version: { increment: 1 },
          updatedAt: now,
        },
        select: WEBHOOK_FIELDS,
      });
      await audit({
        action: 'webhook.secret_rotated',
        resourceType: 'webhook',
        resourceId: webhookId,
        diff: { overlapHours },
      });
      return { ...toWebhook(row, now), secret };
    },
    { kept: withoutSecret },
  );
}

/** @throws {DomainError} WEBHOOK_NOT_FOUND */
async function lockWebhook(tx: Transaction, ctx: ProjectContext, id: string) {
  const [row] = await tx.$queryRaw<{ secretSealed: Uint8Array<ArrayBuffer> }[]>`
    select secret_sealed as "secretSealed" from webhook
    where id = ${id}::uuid and project_id = ${ctx.tenant.project.id}::uuid for no key update`;
  if (row === undefined) throw new DomainError('WEBHOOK_NOT_FOUND');
  return row;
}

function requireTarget({ outbound }: ProjectContext, url: string): void {
  const message = outbound.faultOf(url);
  if (message !== null) throw new DomainError('BAD_REQUEST', { issues: [{ path: 'url', message }] });
}

/** The path and the query may be the receiver's secret. */
function hostOf(url: string): string {
  return new URL(url).host;
}
