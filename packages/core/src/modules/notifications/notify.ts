import { Prisma, type Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import { publish } from '../../live.ts';
import { mailNotice } from './mail-notice.ts';
import type { NotificationType } from './schema.ts';
import { IS_SERVED } from './subscriptions.ts';

/** What there is to tell. */
export type Notice = {
  readonly type: NotificationType;
  readonly title: string;
  readonly body?: string | null;
  readonly featureId?: string | null;
  readonly conversationId?: string | null;
  readonly commentId?: string | null;
  readonly audience: 'team' | 'requesters';
  /** It tells of a private category or a conversation. */
  readonly isPrivate: boolean;
  /** For `requesters`: who gets a copy, besides the feed entry. The author never does; of a private feature's subscribers, its own requester. */
  readonly recipients?: readonly string[] | 'subscribers' | 'everyone';
  readonly expiresAt?: Date | null;
  readonly data?: Prisma.InputJsonValue;
};

/**
 * Adds an entry to the project's feed in the transaction of what it tells of, with a copy for each requester that it is
 * for, and the e-mails of those who can have one. Publishes: nothing may be locked afterwards. Returns its id.
 */
export async function notify(tx: Transaction, act: Act, notice: Notice): Promise<string> {
  const id = act.newId();
  const now = act.clock();
  const { featureId = null, conversationId = null, commentId = null, body = null, expiresAt = null, data } = notice;
  // One statement, however many are told: the entry says to how many it went, and by which ways.
  const [told] = await tx.$queryRaw<{ byMail: boolean }[]>`
    with recipient as (
      select r.id, r.email is not null and not r.email_opt_out and ${goesByMail(notice)} as has_mail
      from requester r
      where r.project_id = ${act.tenant.project.id}::uuid and r.id is distinct from ${requesterIn(act)}::uuid and ${areToldOf(notice)}
      -- Whoever is being merged away at this moment is left out, once it is done: their copy could not be kept.
      for key share of r
    ), entry as (
      insert into notification (id, project_id, type, title, body, feature_id, conversation_id, comment_id,
        actor_kind, actor_id, actor_name, audience, is_private, recipient_count, channels, data, created_at, expires_at)
      select ${id}::uuid, ${act.tenant.project.id}::uuid, ${notice.type}, ${notice.title}, ${body}, ${featureId}::uuid,
        ${conversationId}::uuid, ${commentId}::uuid, ${act.author.kind}::actor_kind, ${act.author.id}::uuid, ${act.author.name},
        ${notice.audience}::notification_audience, ${notice.isPrivate}, count(*),
        case when bool_or(has_mail) then '{in_app,email}'::text[] else '{in_app}' end,
        ${data === undefined ? null : JSON.stringify(data)}::jsonb, ${now}::timestamptz, ${expiresAt}::timestamptz
      from recipient
    ), copy as (
      insert into notification_receipt (notification_id, requester_id, created_at)
      select ${id}::uuid, id, ${now}::timestamptz from recipient
    )
    select coalesce(bool_or(has_mail), false) as "byMail" from recipient`;
  if (told?.byMail) await act.queue.add(tx, mailNotice, { notificationId: id });
  await publish(tx, act, { kind: 'notification', notificationId: id, featureId, conversationId, isPrivate: notice.isPrivate });
  return id;
}

/** No e-mails of announcements where the widget shows none; a project without a configuration has the default. */
function goesByMail({ type }: Notice): Prisma.Sql {
  if (type !== 'announcement.sent') return Prisma.sql`true`;
  return Prisma.sql`coalesce((select w.announcements_enabled from widget_config w where w.project_id = r.project_id), true)`;
}

/** A requester is not told of what they did themselves. */
function requesterIn({ author }: Act): string | null {
  return author.kind === 'REQUESTER' ? author.id : null;
}

/** Who gets a copy, as a condition on the requester `r` of the project. */
function areToldOf({ audience, recipients, featureId }: Notice): Prisma.Sql {
  if (audience === 'team' || recipients === undefined) return Prisma.sql`false`;
  if (recipients === 'subscribers') {
    if (featureId == null) throw new Error('subscribers of no feature');
    return Prisma.sql`r.id in (
      select s.requester_id from subscription s join feature f on f.id = s.feature_id
      where s.feature_id = ${featureId}::uuid and s.unsubscribed_at is null and ${IS_SERVED})`;
  }
  if (recipients === 'everyone') return USED_THE_WIDGET;
  return Prisma.sql`r.id = any(${recipients}::uuid[])`;
}

/** All but those whom only the API has named: a visitor has left a device, or was identified on a page. */
const USED_THE_WIDGET = Prisma.sql`(
  r.kind = 'anonymous' or r.identity_method in ('jwt', 'hmac')
  or exists (select from requester_device d where d.requester_id = r.id))`;
