import type { Transaction } from './client.ts';
import type { DemoOptions, DemoUsers } from './demo.ts';
import type { DemoBacklog } from './demo-backlog.ts';
import { inBatches, type Pick, picker, seededRandom } from './demo-random.ts';
import { DEMO_REPLIES } from './demo-texts.ts';
import type { Prisma } from './generated/client.ts';

const CONVERSATION_COUNT = 60;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STATUSES = ['open', 'open', 'open', 'pending', 'snoozed', 'resolved', 'resolved', 'closed'] as const;
const PRIORITIES = ['low', 'normal', 'normal', 'normal', 'high', 'urgent'] as const;
const TAGS = ['billing', 'import', 'mobile'];

type DemoProject = {
  readonly projectId: string;
  readonly users: DemoUsers;
  readonly backlog: DemoBacklog;
};
type Thread = { conversation: Prisma.ConversationCreateManyInput; messages: Prisma.MessageCreateManyInput[] };

/** Threads of the last two months, what the feed tells of them, the widget's looks and an invitation that waits. */
export async function insertInbox(tx: Transaction, options: DemoOptions, project: DemoProject): Promise<void> {
  const { newId, now } = options;
  const { projectId, users } = project;
  const random = seededRandom(13);
  const pick = picker(random);
  const threads = project.backlog.features
    .filter(({ category }) => category !== 'FEATURE')
    .slice(-CONVERSATION_COUNT)
    .map((feature) => demoThread(options, project, feature, { random, pick }));
  for (const data of inBatches(threads.map(({ conversation }) => conversation))) await tx.conversation.createMany({ data });
  for (const data of inBatches(threads.flatMap(({ messages }) => messages))) await tx.message.createMany({ data });
  for (const data of inBatches(demoNotifications(options, project, threads))) await tx.notification.createMany({ data });
  await tx.widgetConfig.create({
    data: { projectId, color: '#0F766E', welcomeMessage: 'Hello! What would make Demo better for you?', commentsEnabled: true },
  });
  await tx.invitation.create({
    data: {
      id: newId(),
      projectId,
      email: 'new.colleague@example.com',
      role: 'viewer',
      // Of no token at all: the demo's invitation cannot be accepted, only withdrawn or sent again.
      tokenHash: new Uint8Array(32),
      invitedById: users.owner,
      createdAt: new Date(now.getTime() - DAY_MS),
      expiresAt: new Date(now.getTime() + 6 * DAY_MS),
    },
  });
}

type Chance = { readonly random: () => number; readonly pick: Pick };

function demoThread(
  { newId, now }: DemoOptions,
  { projectId, users, backlog }: DemoProject,
  feature: Prisma.FeatureCreateManyInput,
  { random, pick }: Chance,
): Thread {
  const id = newId();
  const team = { id: users.developer ?? users.owner, name: 'Demo developer' };
  const requester = backlog.requesters.find((candidate) => candidate.id === feature.requesterId);
  const start = new Date(feature.createdAt).getTime();
  const status = pick(STATUSES);
  const isDone = status === 'resolved' || status === 'closed';
  const replies = isDone ? 1 + 2 * Math.floor(random() * 2) : Math.floor(random() * 4);
  const messages: Prisma.MessageCreateManyInput[] = [];
  const say = (kind: 'TEAM' | 'REQUESTER', body: string, isInternal = false) => {
    const seq = messages.length + 1;
    const at = Math.min(start + seq * seq * HOUR_MS * (1 + random()), now.getTime() - (20 - seq) * 60_000);
    const author = kind === 'TEAM' ? team : { id: requester?.id ?? null, name: requester?.name ?? 'Visitor' };
    messages.push({
      id: newId(),
      conversationId: id,
      seq,
      authorKind: kind,
      authorId: author.id,
      authorName: author.name,
      body,
      isInternal,
      via: kind === 'TEAM' ? 'dashboard' : 'widget',
      createdAt: new Date(Math.max(at, Number(messages.at(-1)?.createdAt ?? 0))),
    });
  };
  say('REQUESTER', feature.description ?? feature.title);
  for (let turn = 0; turn < replies; turn++) {
    if (turn === 0 && random() < 0.15) say('TEAM', pick(DEMO_REPLIES.NOTE), true);
    say(turn % 2 === 0 ? 'TEAM' : 'REQUESTER', pick(DEMO_REPLIES[turn % 2 === 0 ? 'TEAM' : 'REQUESTER']));
  }
  const shown = messages.filter(({ isInternal }) => isInternal !== true);
  const last = shown.at(-1) ?? messages[0];
  const lastAt = new Date(messages.at(-1)?.createdAt ?? start);
  const unread = status === 'open' && last?.authorKind === 'REQUESTER' ? 1 : 0;
  // All is read but what the counts say: they are of messages without `readAt`.
  for (const message of messages) {
    const isUnread = unread > 0 && message === last;
    message.readAt = isUnread || message.isInternal ? null : lastAt;
  }
  return {
    messages,
    conversation: {
      id,
      projectId,
      featureId: feature.id,
      requesterId: feature.requesterId ?? null,
      subject: feature.title,
      status,
      priority: pick(PRIORITIES),
      channel: 'widget',
      assigneeId: random() < 0.4 ? team.id : null,
      tags: TAGS.filter(() => random() < 0.15),
      messageSeq: messages.length,
      unreadCount: unread,
      lastMessagePreview: last?.body.slice(0, 140) ?? null,
      lastMessageAt: lastAt,
      waitingSince: !isDone && last?.authorKind === 'REQUESTER' ? lastAt : null,
      snoozedUntil: status === 'snoozed' ? new Date(now.getTime() + (1 + Math.floor(random() * 5)) * DAY_MS) : null,
      resolvedAt: isDone ? lastAt : null,
      createdAt: new Date(start),
      updatedAt: lastAt,
    },
  };
}

function demoNotifications(
  { newId }: DemoOptions,
  { projectId, backlog }: DemoProject,
  threads: readonly Thread[],
): Prisma.NotificationCreateManyInput[] {
  const entry = { projectId, audience: 'team' as const, channels: ['in_app'] };
  const ofFeatures = backlog.features.slice(-30).map((feature) => ({
    ...entry,
    id: newId(),
    type: 'feature.created',
    title: feature.title,
    featureId: feature.id ?? null,
    actorKind: 'REQUESTER' as const,
    actorId: feature.requesterId ?? null,
    actorName: backlog.requesters.find(({ id }) => id === feature.requesterId)?.name ?? null,
    isPrivate: feature.category === 'ERROR' || feature.category === 'FEEDBACK',
    createdAt: feature.createdAt,
  }));
  const ofMessages = threads.slice(-25).flatMap(({ conversation, messages }) =>
    messages
      .filter(({ authorKind }) => authorKind === 'REQUESTER')
      .slice(1)
      .map((message) => ({
        ...entry,
        id: newId(),
        type: 'message.received',
        title: conversation.subject ?? 'New message',
        body: message.body,
        featureId: conversation.featureId ?? null,
        conversationId: message.conversationId,
        actorKind: 'REQUESTER' as const,
        actorId: message.authorId ?? null,
        actorName: message.authorName,
        isPrivate: true,
        createdAt: message.createdAt,
      })),
  );
  return [...ofFeatures, ...ofMessages];
}
