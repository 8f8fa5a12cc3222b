import { DomainError } from '@reqbase/auth';
import type { Prisma, Transaction } from '@reqbase/db';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import type { ConnectedApp, ConnectedAppRef, ListConnectedApps } from './schema.ts';

const FIELDS = {
  id: true,
  scopes: true,
  createdAt: true,
  approvedAt: true,
  client: { select: { clientId: true, kind: true, name: true } },
  user: { select: { id: true, name: true } },
} as const satisfies Prisma.OAuthGrantSelect;
type Row = Prisma.OAuthGrantGetPayload<{ select: typeof FIELDS }>;

/** A page of the apps that act in a project, the newest first. @throws {DomainError} INVALID_CURSOR */
export async function listConnectedApps(ctx: ProjectContext, { cursor, limit }: ListConnectedApps): Promise<Page<ConnectedApp>> {
  const projectId = ctx.tenant.project.id;
  const binding = { list: 'connected-apps', projectId };
  const after = cursor === undefined ? null : decodeCursor(ctx.secrets.cursor, binding, cursor);
  const rows = await ctx.access.db.prisma.oAuthGrant.findMany({
    where: {
      projectId,
      ...(after !== null && {
        OR: [
          { createdAt: { lt: new Date(String(after.value)) } },
          { createdAt: new Date(String(after.value)), id: { lt: after.id } },
        ],
      }),
    },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit + 1,
    select: FIELDS,
  });
  const lastUsed = await ctx.access.meter.lastUsed(rows.map(({ id }) => id));
  return pageFrom(rows, limit, {
    toItem: (row) => toConnectedApp(row, lastUsed.get(row.id)?.minute ?? null),
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.createdAt.toISOString(), id: last.id }),
  });
}

function toConnectedApp({ id, scopes, approvedAt, client, user }: Row, lastUsedAt: Date | null): ConnectedApp {
  return {
    id,
    name: client.name,
    clientId: client.clientId,
    host: client.kind === 'document' ? (URL.parse(client.clientId)?.host ?? null) : null,
    scopes,
    person: user,
    connectedAt: approvedAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}

/**
 * Ends an app's grant, and with it every token that it has: its next call is refused.
 *
 * @throws {DomainError} CONNECTED_APP_NOT_FOUND
 */
export async function revokeConnectedApp(ctx: ProjectContext, { id }: ConnectedAppRef): Promise<void> {
  await write(ctx, async (tx, audit) => {
    const where = { id, projectId: ctx.tenant.project.id };
    const row = await tx.oAuthGrant.findFirst({ where, select: FIELDS });
    const { count } = await tx.oAuthGrant.deleteMany({ where });
    if (row === null || count === 0) throw new DomainError('CONNECTED_APP_NOT_FOUND');
    const diff = { clientId: row.client.clientId, clientName: row.client.name, person: row.user.name };
    await audit({ action: 'connected_app.revoked', resourceType: 'connected_app', resourceId: id, diff });
  });
}

/** Ends all that apps may do in somebody's name in a project: when they leave it, above all. */
export async function endAppsOf(tx: Transaction, projectId: string, userId?: string): Promise<void> {
  await tx.oAuthGrant.deleteMany({ where: { projectId, ...(userId !== undefined && { userId }) } });
}
