import { Prisma, type Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import { publish } from '../../live.ts';
import type { NotificationType } from './schema.ts';

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
  /** For `requesters`: who gets a copy, besides the feed entry. The author never does. */
  readonly recipients?: readonly string[] | 'subscribers' | 'everyone';
  readonly expiresAt?: Date | null;
  readonly data?: Prisma.InputJsonValue;
};

/** Adds an entry to the project's feed in the transaction of what it tells of. Returns its id. */
export async function notify(tx: Transaction, act: Act, notice: Notice): Promise<string> {
  const id = act.newId();
  await tx.notification.create({
    data: {
      id,
      projectId: act.tenant.project.id,
      type: notice.type,
      title: notice.title,
      body: notice.body ?? null,
      featureId: notice.featureId ?? null,
      conversationId: notice.conversationId ?? null,
      commentId: notice.commentId ?? null,
      actorKind: act.author.kind,
      actorId: act.author.id,
      actorName: act.author.name,
      audience: notice.audience,
      isPrivate: notice.isPrivate,
      channels: ['in_app'],
      data: notice.data ?? Prisma.DbNull,
      createdAt: act.clock(),
      expiresAt: notice.expiresAt ?? null,
    },
  });
  await publish(tx, act, { kind: 'notification', notificationId: id, isPrivate: notice.isPrivate });
  return id;
}
