import { decodeCursor, encodeCursor, pageFrom } from '../../cursor.ts';
import type { Page } from '../../schema-kit.ts';
import type { ProjectContext } from '../../trpc.ts';
import type { ListWebhooks, Webhook } from './schema.ts';
import { toWebhook, type WebhookRow } from './service.ts';

/** Newest first, in one prepared statement. @throws {DomainError} INVALID_CURSOR */
export async function listWebhooks(ctx: ProjectContext, { limit, cursor }: ListWebhooks): Promise<Page<Webhook>> {
  const { project } = ctx.tenant;
  const binding = { list: 'webhooks', project: project.id };
  const after = cursor === undefined ? null : decodeCursor(ctx.secrets.cursor, binding, cursor);
  const rows = await ctx.access.db.sql.query<WebhookRow>(
    `select id, url, events, status, failure_count as "failureCount", last_triggered_at as "lastTriggeredAt",
       former_secret_expires_at as "formerSecretExpiresAt", version, created_at as "createdAt"
     from webhook where project_id = $1 ${after === null ? '' : 'and (created_at, id) < ($2::timestamptz, $3::uuid)'}
     order by created_at desc, id desc limit ${limit + 1}`,
    [project.id, ...(after === null ? [] : [after.value, after.id])],
  );
  return pageFrom(rows, limit, {
    toItem: (row) => toWebhook(row, ctx.clock()),
    toCursor: (last) => encodeCursor(ctx.secrets.cursor, binding, { value: last.createdAt.toISOString(), id: last.id }),
  });
}
