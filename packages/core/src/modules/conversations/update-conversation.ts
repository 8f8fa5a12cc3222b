import { can, DomainError, type Issue, ROLES } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { actOf } from '../../act.ts';
import { publish } from '../../live.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { emitConversation } from './emit-conversation.ts';
import { type NewEvent, recordEvents } from './events.ts';
import { wakeConversation } from './jobs.ts';
import { instantFor, type LockedConversation, lockConversation } from './locked-conversation.ts';
import { type Conversation, TRANSITIONS, type UpdateConversation } from './schema.ts';
import { readConversation } from './service.ts';

/**
 * Changes what is given of a conversation and leaves the rest. What is the same already is no change.
 *
 * @throws {DomainError} CONVERSATION_NOT_FOUND; NO_UPDATES when nothing is given; INVALID_STATUS_TRANSITION with the
 *   statuses that it can take; PRECONDITION_FAILED when `ifVersion` is not the present version; BAD_REQUEST for a snooze
 *   without an end to come, or an assignee who may not reply
 */
export async function updateConversation(ctx: ProjectContext, input: UpdateConversation): Promise<Conversation> {
  const { projectId: _named, id, ifVersion, ...wanted } = input;
  if (Object.values(wanted).every((value) => value === undefined)) throw new DomainError('NO_UPDATES');
  return write(ctx, async (tx, audit) => {
    const act = actOf(ctx);
    const before = await lockConversation(tx, act, id);
    if (ifVersion !== undefined && ifVersion !== before.version) throw new DomainError('PRECONDITION_FAILED');
    const changes = changesOf(before, wanted);
    await requireAllowed(tx, ctx, before, wanted, changes);
    if (Object.keys(changes).length === 0) return readConversation(tx, ctx, id);

    const at = instantFor(act, before);
    await tx.conversation.update({
      where: { id, projectId: ctx.tenant.project.id },
      data: {
        ...changes,
        ...(changes.status !== undefined && consequencesOf(before, changes.status, at)),
        updatedAt: at,
        version: { increment: 1 },
      },
      select: { id: true },
    });
    await recordEvents(tx, act, id, at, eventsOf(before, changes));
    const { snoozedUntil } = changes;
    // The minute's round would find it too; this is so that it wakes on time.
    if (snoozedUntil) await ctx.queue.add(tx, wakeConversation, { conversationId: id }, { startAfter: snoozedUntil });
    await audit({
      action: 'conversation.updated',
      resourceType: 'conversation',
      resourceId: id,
      diff: diffOf(before, changes),
    });
    const told = { projectId: ctx.tenant.project.id, conversationId: id };
    await emitConversation(tx, act, { ...told, event: 'conversation.updated' });
    if (changes.status === 'resolved') await emitConversation(tx, act, { ...told, event: 'conversation.resolved' });
    await publish(tx, act, { kind: 'conversation', conversationId: id, isPrivate: true });
    return readConversation(tx, ctx, id);
  });
}

type Wanted = Omit<UpdateConversation, 'projectId' | 'id' | 'ifVersion'>;
type Changes = { -readonly [Name in Extract<keyof Wanted, keyof LockedConversation>]?: LockedConversation[Name] };

/** What is really another than before. */
function changesOf(before: LockedConversation, wanted: Wanted): Changes {
  const { status, priority, assigneeId, subject, isSpam } = wanted;
  const tags = wanted.tags === undefined ? undefined : [...new Set(wanted.tags)];
  const snoozedUntil = wanted.snoozedUntil === undefined ? undefined : new Date(wanted.snoozedUntil);
  const isWoken = before.status === 'snoozed' && status !== undefined && status !== 'snoozed';
  return {
    ...(status !== undefined && status !== before.status && { status }),
    ...(priority !== undefined && priority !== before.priority && { priority }),
    ...(assigneeId !== undefined && assigneeId !== before.assigneeId && { assigneeId }),
    ...(subject !== undefined && subject !== before.subject && { subject }),
    ...(isSpam !== undefined && isSpam !== before.isSpam && { isSpam }),
    ...(tags !== undefined && JSON.stringify(tags) !== JSON.stringify(before.tags) && { tags }),
    ...(snoozedUntil !== undefined && snoozedUntil.getTime() !== before.snoozedUntil?.getTime() && { snoozedUntil }),
    ...(isWoken && { snoozedUntil: null }),
  };
}

async function requireAllowed(
  tx: Transaction,
  ctx: ProjectContext,
  before: LockedConversation,
  wanted: Wanted,
  changes: Changes,
): Promise<void> {
  const status = wanted.status ?? before.status;
  const allowed = TRANSITIONS[before.status];
  if (!allowed.includes(status)) throw new DomainError('INVALID_STATUS_TRANSITION', { detail: { allowed } });
  const issues: Issue[] = [];
  const until = wanted.snoozedUntil === undefined ? before.snoozedUntil : new Date(wanted.snoozedUntil);
  if (status !== 'snoozed' && wanted.snoozedUntil !== undefined)
    issues.push({ path: 'snoozedUntil', message: 'Only with the status snoozed.' });
  if (changes.status === 'snoozed' && wanted.snoozedUntil === undefined)
    issues.push({ path: 'snoozedUntil', message: 'Goes with the status snoozed.' });
  if (status === 'snoozed' && changes.snoozedUntil && until !== null && until <= ctx.clock())
    issues.push({ path: 'snoozedUntil', message: 'Must lie in the future.' });
  if (changes.assigneeId && !(await mayReply(tx, ctx, changes.assigneeId)))
    issues.push({ path: 'assigneeId', message: 'Must be a member who may reply in conversations.' });
  if (issues.length > 0) throw new DomainError('BAD_REQUEST', { issues });
}

const REPLYING_ROLES = ROLES.filter((role) => can(role, 'replyInbox'));

async function mayReply(tx: Transaction, { tenant }: ProjectContext, userId: string): Promise<boolean> {
  const role = { in: REPLYING_ROLES };
  // Held until the commit: who is being removed is either gone here, or taken off this conversation too.
  await tx.$executeRaw`select from project_member where project_id = ${tenant.project.id}::uuid and user_id = ${userId}::uuid for share`;
  const ofProject = await tx.projectMember.findFirst({
    where: { projectId: tenant.project.id, userId, role },
    select: { role: true },
  });
  if (ofProject !== null) return true;
  const ofOrganization = { orgId: tenant.organization.id, userId, role };
  return (await tx.organizationMember.findFirst({ where: ofOrganization, select: { role: true } })) !== null;
}

/** What a status brings with it. Nobody waits for the team once it has dealt with it, or waits itself. */
function consequencesOf({ resolvedAt }: LockedConversation, status: LockedConversation['status'], at: Date) {
  const isDone = status === 'resolved' || status === 'closed';
  return {
    resolvedAt: isDone ? (resolvedAt ?? at) : null,
    ...((isDone || status === 'pending') && { waitingSince: null }),
  };
}

function eventsOf(before: LockedConversation, changes: Changes): NewEvent[] {
  const { status, snoozedUntil, priority, assigneeId, tags, isSpam } = changes;
  const events: NewEvent[] = [];
  if (snoozedUntil)
    events.push({
      kind: 'snoozed',
      data: { from: before.snoozedUntil?.toISOString() ?? null, to: snoozedUntil.toISOString() },
    });
  else if (status !== undefined) events.push({ kind: 'status_changed', data: { from: before.status, to: status } });
  if (priority !== undefined) events.push({ kind: 'priority_changed', data: { from: before.priority, to: priority } });
  if (assigneeId !== undefined) events.push({ kind: 'assigned', data: { from: before.assigneeId, to: assigneeId } });
  if (tags !== undefined) events.push({ kind: 'tags_changed', data: { from: before.tags, to: tags } });
  if (isSpam !== undefined) events.push({ kind: 'marked_spam', data: { from: before.isSpam, to: isSpam } });
  return events;
}

/** Without the subject, which may be the requester's own words. */
function diffOf(before: LockedConversation, { subject, ...changes }: Changes) {
  return {
    changed: [...Object.keys(changes), ...(subject === undefined ? [] : ['subject'])],
    ...(changes.status !== undefined && { status: { from: before.status, to: changes.status } }),
    ...(changes.assigneeId !== undefined && { assigneeId: { from: before.assigneeId, to: changes.assigneeId } }),
  };
}
