import type { Transaction } from '@reqbase/db';

/**
 * That something changed in a project: ids only, so that whoever is told reads it behind the access pipeline. Without an
 * id, any of the kind may have changed. `member` stands for invitations too, `project` for its settings.
 */
export type LiveEvent = {
  readonly kind: 'conversation' | 'notification' | 'feature' | 'requester' | 'member' | 'project' | 'widget';
  readonly conversationId?: string | null;
  readonly featureId?: string | null;
  readonly notificationId?: string | null;
  /** Only for who may read conversations. */
  readonly isPrivate: boolean;
};

type Publisher = { readonly tenant: { readonly project: { readonly id: string } }; readonly clock: () => Date };

/**
 * Tells those who watch the project, in the transaction of the change. Numbers are given out under a row lock that is
 * held until the commit, so that they become visible in their order; publish last, since other writers of the project
 * wait from here on.
 */
export async function publish(tx: Transaction, { tenant, clock }: Publisher, event: LiveEvent): Promise<void> {
  await tx.$executeRaw`
    with next as (
      insert into live_feed as f (project_id, seq) values (${tenant.project.id}::uuid, 1)
      on conflict (project_id) do update set seq = f.seq + 1
      returning seq
    )
    insert into live_event (project_id, seq, kind, conversation_id, feature_id, notification_id, is_private, created_at)
    select ${tenant.project.id}::uuid, seq, ${event.kind}, ${event.conversationId ?? null}::uuid, ${event.featureId ?? null}::uuid,
      ${event.notificationId ?? null}::uuid, ${event.isPrivate}, ${clock()} from next`;
}
