import { type FlatnessSubject, inBulk } from './flatness.ts';
import type { Scratch } from './scratch.ts';
import { seedKey, seedTenant, type Tenant } from './seed.ts';
import { seedComments, seedConversations, seedMembers, seedNotifications, seedRequesters, seedThread } from './seed-inbox.ts';
import { type RecordedList, recordList, type Statement } from './statements.ts';

const LARGE_TABLES = ['requester', 'conversation', 'message', 'notification', 'comment', 'project_member'];

/** The lists of conversations, messages, requesters, notifications, announcements, comments and members. */
export const INBOX: FlatnessSubject = {
  title: 'Lists of the inbox on 10^3, 10^4, 10^5 and 10^6 rows of their table',
  about:
    'A project with all of them; the messages are of one conversation, the comments of one feature; of the members sixty are its own.',
  prepare,
};

type Page = { readonly nextCursor: string | null };
type Call = Parameters<typeof recordList<Page>>[2];
type Caller = Parameters<Call>[0];

async function prepare(scratch: Scratch, size: number): Promise<ReadonlyMap<string, () => Statement>> {
  const tenant = await seedTenant(scratch);
  const ids = { thread: '', feature: '' };
  await inBulk(scratch, LARGE_TABLES, async (client) => {
    await seedRequesters(client, tenant, size);
    await seedConversations(client, tenant, size);
    ids.thread = await seedThread(client, tenant, size);
    await seedNotifications(client, tenant, size);
    ids.feature = await seedComments(client, tenant, size);
    await seedMembers(client, tenant, size);
  });
  const apiKey = await seedKey(scratch, tenant, ['read', 'broadcasts:write']);
  const publicOnly = await seedKey(scratch, tenant, ['backlog:read', 'notifications:read']);
  const calls = callsOf(tenant, ids);
  const statements = new Map<string, () => Statement>();
  for (const [name, call] of Object.entries(calls)) {
    const first = await recordList(scratch.url, { slug: tenant.slug, apiKey }, (caller) => call(caller, {}));
    keep(statements, name, first);
    const cursor = first.answer.nextCursor;
    if (cursor === null) throw new Error(`${name}: one page only`);
    keep(
      statements,
      `${name}, second page`,
      await recordList(scratch.url, { slug: tenant.slug, apiKey }, (caller) => call(caller, { cursor })),
    );
  }
  const { notifications } = calls;
  if (notifications !== undefined) {
    const key = { slug: tenant.slug, apiKey: publicOnly };
    keep(statements, 'notifications, public ones', await recordList(scratch.url, key, (caller) => notifications(caller, {})));
  }
  return statements;
}

function keep(statements: Map<string, () => Statement>, name: string, { list }: RecordedList): void {
  statements.set(name, () => list);
}

function callsOf(
  { slug: projectId }: Tenant,
  { thread, feature }: { readonly thread: string; readonly feature: string },
): Record<string, (caller: Caller, page: { cursor?: string }) => Promise<Page>> {
  return {
    conversations: (caller, page) => caller.conversations.list({ projectId, ...page }),
    'conversations, one status': (caller, page) => caller.conversations.list({ projectId, status: ['pending'], ...page }),
    'conversations, unresolved': (caller, page) => caller.conversations.list({ projectId, status: ['unresolved'], ...page }),
    'conversations, longest waiting': (caller, page) =>
      caller.conversations.list({ projectId, sort: 'waitingSince', order: 'asc', ...page }),
    messages: async (caller, page) => {
      const answer = await caller.conversations.listMessages({ projectId, id: thread, limit: 25, ...page });
      if (Array.isArray(answer)) throw new Error('a list and no page');
      return answer;
    },
    requesters: (caller, page) => caller.requesters.list({ projectId, ...page }),
    'requesters, all kinds by revenue': (caller, page) =>
      caller.requesters.list({ projectId, kind: 'all', sort: 'revenue', ...page }),
    notifications: (caller, page) => caller.notifications.list({ projectId, ...page }),
    'notifications, one type': (caller, page) => caller.notifications.list({ projectId, type: ['comment.created'], ...page }),
    announcements: (caller, page) => caller.announcements.list({ projectId, ...page }),
    members: (caller, page) => caller.members.list({ projectId, ...page }),
    comments: (caller, page) => caller.backlog.listComments({ projectId, id: feature, ...page }),
  };
}
