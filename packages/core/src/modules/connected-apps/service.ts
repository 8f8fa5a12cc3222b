import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import type { ConnectedApp, ConnectedAppRef, ListConnectedApps } from './schema.ts';

type Row = {
  readonly id: string;
  readonly scopes: string[];
  readonly createdAt: Date;
  readonly approvedAt: Date;
  readonly clientId: string;
  readonly kind: 'registered' | 'document';
  readonly name: string | null;
  readonly userId: string;
  readonly userName: string;
};

/** A page of the apps that act in a project, the newest first, in one prepared statement. @throws {DomainError} INVALID_CURSOR */
export async function listConnectedApps(ctx: ProjectContext, input: ListConnectedApps): Promise<Page<ConnectedApp>> {
  return pageOfApps(ctx, input, { userId: null, id: null });
}

/** The same of those that act in the caller's own name: of an app, itself alone; of a key, none. @throws {DomainError} INVALID_CURSOR */
export async function listOwnApps(ctx: ProjectContext, input: ListConnectedApps): Promise<Page<ConnectedApp>> {
  const { key, user } = ctx.grant.facts;
  return pageOfApps(ctx, input, { userId: user?.id ?? null, id: key?.id ?? null });
}

/** In person: what an app may do by a token, or a script by a key, is not to decide on the person's other apps. */
function personIn({ grant: { facts } }: ProjectContext): string {
  if (facts.key !== null || facts.user === null) throw new DomainError('FORBIDDEN');
  return facts.user.id;
}

async function pageOfApps(
  ctx: ProjectContext,
  { cursor, limit }: ListConnectedApps,
  /** Whose apps they are, and which: null for all. */
  { userId, id }: { readonly userId: string | null; readonly id: string | null },
): Promise<Page<ConnectedApp>> {
  const projectId = ctx.tenant.project.id;
  const binding = { list: 'connected-apps', project: projectId, ...((userId ?? id) !== null && { of: [userId, id] }) };
  const after = cursor === undefined ? null : decodeCursor(ctx.secrets.cursor, binding, cursor);
  const rows = await ctx.access.db.sql.query<Row>(
    `select g.id, g.scopes, g.created_at as "createdAt", g.approved_at as "approvedAt", c.client_id as "clientId",
       c.kind::text as kind, c.name, u.id as "userId", u.name as "userName"
     from oauth_grant g join oauth_client c on c.id = g.client_id join "user" u on u.id = g.user_id
     where g.project_id = $1 and ($2::uuid is null or g.user_id = $2) and ($3::uuid is null or g.id = $3)
       ${after === null ? '' : 'and (g.created_at, g.id) < ($4::timestamptz, $5::uuid)'}
     order by g.created_at desc, g.id desc limit ${limit + 1}`,
    [projectId, userId, id, ...(after === null ? [] : [after.value, after.id])],
  );
  const lastUsed = await ctx.access.meter.lastUsed(rows.map(({ id }) => id));
  return pageFrom(rows, limit, {
    toItem: (row) => toConnectedApp(row, lastUsed.get(row.id)?.minute ?? null),
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.createdAt.toISOString(), id: last.id }),
  });
}

function toConnectedApp({ id, scopes, approvedAt, clientId, kind, name, ...row }: Row, lastUsedAt: Date | null): ConnectedApp {
  return {
    id,
    name,
    clientId,
    host: kind === 'document' ? (URL.parse(clientId)?.host ?? null) : null,
    scopes,
    person: { id: row.userId, name: row.userName },
    connectedAt: approvedAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}

/**
 * Ends an app's grant, and with it every token that it has: its next call is refused.
 *
 * @throws {DomainError} CONNECTED_APP_NOT_FOUND
 */
export async function revokeConnectedApp(ctx: ProjectContext, ref: ConnectedAppRef): Promise<void> {
  return endGrant(ctx, ref, null);
}

/** The same of one in the caller's own name. @throws {DomainError} CONNECTED_APP_NOT_FOUND; FORBIDDEN for a key or token */
export async function revokeOwnApp(ctx: ProjectContext, ref: ConnectedAppRef): Promise<void> {
  return endGrant(ctx, ref, personIn(ctx));
}

async function endGrant(ctx: ProjectContext, { id }: ConnectedAppRef, userId: string | null): Promise<void> {
  await write(ctx, async (tx, audit) => {
    const where = { id, projectId: ctx.tenant.project.id, ...(userId !== null && { userId }) };
    const client = { select: { clientId: true, name: true } };
    const row = await tx.oAuthGrant.findFirst({ where, select: { client, user: { select: { name: true } } } });
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
