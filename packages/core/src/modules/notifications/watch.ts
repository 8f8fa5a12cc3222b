import { admit, type Grant } from '@reqbase/auth';
import { type TrackedEnvelope, tracked } from '@trpc/server';
import type { PublishedEvent } from '../../live-hub.ts';
import type { ProjectContext } from '../../trpc.ts';
import { isShownTo } from '../backlog/visibility.ts';
import type { LiveUpdate, WatchProject } from './schema.ts';

/** While nothing happens, access is looked at as often as this. */
const PATIENCE_MS = 4_000;

/**
 * What changes in a project, as it happens. Every event carries its number as its id: who comes back with one first gets
 * what came after it, and a `reset` when that is no longer known. Without one it begins at the present, with `ready`.
 *
 * @throws {DomainError} with the gate's code once the caller may no longer see it; RATE_LIMITED for too many watches
 */
export async function* watchProject(
  ctx: ProjectContext,
  { lastEventId }: WatchProject,
  signal?: AbortSignal,
): AsyncGenerator<TrackedEnvelope<LiveUpdate>, void> {
  const { facts } = ctx.grant;
  const principalId = facts.key?.id ?? facts.user?.id ?? '';
  const watcher = await ctx.live.join(
    ctx.tenant.project.id,
    principalId,
    lastEventId === undefined ? null : numberOf(lastEventId),
  );
  try {
    // With an id from the start: an interruption before the first event must not make a gap.
    if (lastEventId === undefined) yield update(watcher.position, 'ready');
    while (!signal?.aborted) {
      const news = await watcher.next(PATIENCE_MS, signal);
      if (signal?.aborted) return;
      // Nothing goes out on an earlier answer, and a silent stream outlives the right to it by seconds at most.
      const grantNow = freshGrant(ctx);
      await grantNow();
      if (news.kind === 'lost') yield update(news.seq, 'reset');
      if (news.kind !== 'events') continue;
      for (const event of news.events) {
        if (isShownTo(await grantNow(), event)) yield update(event.seq, event.kind, event);
      }
    }
  } finally {
    watcher.leave();
  }
}

/** The caller's grant as it is by now: read once for events that leave together, anew when one had to wait to be taken. */
function freshGrant(ctx: ProjectContext): () => Promise<Grant> {
  let known: { readonly grant: Grant; readonly at: number } | null = null;
  return async () => {
    if (known === null || performance.now() - known.at > PATIENCE_MS)
      known = { grant: await admitAgain(ctx), at: performance.now() };
    return known.grant;
  };
}

/** Gates 1 to 5 once more, on facts read anew. A session that has ended since is none. */
async function admitAgain(ctx: ProjectContext): Promise<Grant> {
  const { scope } = ctx.grant;
  const call = { ...ctx, credential: await ctx.credentialNow(), facts: new Map() };
  return admit(call, { scope, target: 'project' }, { project: ctx.tenant.project.id }, 'live.watch');
}

function update(seq: number, kind: LiveUpdate['kind'], about: Partial<PublishedEvent> = {}): TrackedEnvelope<LiveUpdate> {
  const { conversationId = null, featureId = null, notificationId = null } = about;
  return tracked(String(seq), { kind, conversationId, featureId, notificationId });
}

/** The number of an event by its id. What is no id of ours is after all that there is, as an event of elsewhere would be. */
function numberOf(id: string): number {
  return /^\d{1,10}$/.test(id) ? Number(id) : Number.MAX_SAFE_INTEGER;
}
