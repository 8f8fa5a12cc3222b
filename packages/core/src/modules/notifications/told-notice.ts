import type { Transaction } from '@reqbase/db';
import type { ToldNotice } from './notice-mail.ts';
import { IS_STILL_THERE } from './still-there.ts';

/** A notice as it is to be told now; null when it has expired, or what it tells of is gone, or its project. */
export async function readNotice(tx: Transaction, id: string, now: Date): Promise<ToldNotice | null> {
  const there = await tx.$queryRawUnsafe<unknown[]>(
    `select 1 from notification n where n.id = $1::uuid and (n.expires_at is null or n.expires_at > $2::timestamptz) and ${IS_STILL_THERE}`,
    id,
    now,
  );
  if (there.length === 0) return null;
  return tx.notification.findFirst({
    where: { id, project: { deletedAt: null } },
    select: {
      id: true,
      type: true,
      title: true,
      body: true,
      featureId: true,
      conversationId: true,
      data: true,
      project: { select: { id: true, name: true, domain: true, allowedOrigins: true } },
    },
  });
}
