import type { Transaction } from '@reqbase/db';
import type { Services } from '../../services.ts';
import { fanOutEvent } from './fan-out.ts';
import { bodyOf } from './payload.ts';
import { patternsFor, type WebhookEventName } from './schema.ts';

export type Emitter = Pick<Services, 'queue' | 'clock' | 'newId'>;

export type Emission = {
  readonly event: WebhookEventName;
  /** Called only if somebody is told. */
  readonly read: () => Promise<{
    /** As the public schemas have it, in camelCase. */
    readonly data: object;
    /** Of whom it tells, if of a requester: what is not delivered when they are erased goes with them. */
    readonly requesterId?: string | null;
  }>;
};

/**
 * Tells the webhooks of a project, in the transaction of what it tells: after a commit each of them is sent it, whatever
 * ends the process, and after a rollback none. For a project without webhooks that want it, it costs one look. To be called
 * before anything is published.
 */
export async function emit(
  tx: Transaction,
  { queue, clock, newId }: Emitter,
  projectId: string,
  { event, read }: Emission,
): Promise<void> {
  const wanting = await tx.$queryRaw<object[]>`
    select 1 as one from webhook
    where project_id = ${projectId}::uuid and status = 'active' and events && ${patternsFor(event)}::text[] limit 1`;
  if (wanting.length === 0) return;
  const [id, createdAt] = [newId(), clock()];
  const { data, requesterId = null } = await read();
  const body = bodyOf({ id, event, createdAt, projectId, data });
  await tx.webhookEvent.create({ data: { id, projectId, event, body, requesterId, createdAt } });
  await queue.add(tx, fanOutEvent, { eventId: id });
}

/** Tells the webhooks of all projects that a key of the organization opens: its own, or every one. */
export async function emitOfKey(
  tx: Transaction,
  emitter: Emitter,
  { orgId, projectId }: { readonly orgId: string; readonly projectId: string | null },
  emission: Emission,
): Promise<void> {
  const told = await tx.$queryRaw<{ projectId: string }[]>`
    select distinct w.project_id as "projectId" from webhook w join project p on p.id = w.project_id
    where p.org_id = ${orgId}::uuid and (${projectId}::uuid is null or p.id = ${projectId}::uuid) and p.deleted_at is null
      and w.status = 'active' and w.events && ${patternsFor(emission.event)}::text[] order by 1`;
  for (const { projectId: id } of told) await emit(tx, emitter, id, emission);
}

/** Says whether this is the first time that something of this name is told; it is not another time, once committed. */
export async function isFirstTime(tx: Transaction, { clock }: Pick<Emitter, 'clock'>, name: string): Promise<boolean> {
  const { count } = await tx.webhookOnce.createMany({ data: [{ name, createdAt: clock() }], skipDuplicates: true });
  return count === 1;
}
