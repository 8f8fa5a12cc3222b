import { createHash, randomUUID } from 'node:crypto';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { featureRow } from './modules/backlog/testing.ts';
import { conversationRow } from './modules/conversations/testing.ts';
import { newAnonymousId, requesterRow } from './modules/requesters/testing.ts';
import type { TestCore } from './testing.ts';

/** Stands in every text of what is private. */
export const CANARY = 'zqxjprivate';

/** A project with people and public requests, and the ids that what is private will have. */
export type World = {
  readonly tenant: TestTenant;
  readonly projectId: string;
  readonly organizationId: string;
  /** Who has sent in what is private: by an anonymous id of their browser. */
  readonly author: { readonly id: string; readonly anonymousId: string };
  /** Others, who have sent in what is public. */
  readonly visitor: { readonly id: string; readonly anonymousId: string };
  readonly stranger: { readonly id: string; readonly externalId: string; readonly email: string };
  /** Public requests: an open one, and one that is closed as a duplicate. */
  readonly shown: string;
  readonly duplicate: string;
  readonly hidden: Hidden;
};

type Hidden = {
  readonly error: string;
  readonly feedback: string;
  readonly comment: string;
  /** One about what is private, and one about the public request. */
  readonly conversation: string;
  readonly aside: string;
  readonly message: string;
  readonly notice: string;
};

export async function seedWorld(core: TestCore): Promise<World> {
  const { prisma } = core.db;
  const tenant = await seedTenant(core, { plan: 'scale' });
  const at = core.clock.now();
  const author = { id: randomUUID(), anonymousId: newAnonymousId() };
  const visitor = { id: randomUUID(), anonymousId: newAnonymousId() };
  const stranger = { id: randomUUID(), externalId: 'stranger', email: 'stranger@example.test' };
  const anonymous = { kind: 'anonymous' as const, identityMethod: 'none' as const, identifiedAt: null };
  await prisma.requester.createMany({
    data: [
      requesterRow(core, tenant, { ...anonymous, id: author.id, name: 'Ann', email: 'ann@example.test' }),
      requesterRow(core, tenant, { ...anonymous, id: visitor.id, name: 'Vic' }),
      requesterRow(core, tenant, { ...stranger, name: 'Stan', identityMethod: 'jwt', emailVerified: true }),
    ],
  });
  await prisma.requesterDevice.createMany({
    data: [author, visitor].map(({ id, anonymousId }) => ({
      projectId: tenant.project.id,
      idHash: new Uint8Array(createHash('sha256').update(anonymousId).digest()),
      requesterId: id,
    })),
  });
  const shown = featureRow(core, tenant, {
    title: 'Dark mode',
    requesterId: stranger.id,
    voteCount: 2,
    commentCount: 1,
    tags: ['ui'],
  });
  const duplicate = featureRow(core, tenant, {
    title: 'Night mode',
    requesterId: visitor.id,
    status: 'COMPLETED',
    closeReason: 'DUPLICATE',
  });
  await prisma.feature.createMany({ data: [shown, duplicate] });
  await prisma.vote.createMany({
    data: [author, visitor].map(({ id }) => ({ featureId: shown.id, requesterId: id, createdAt: at })),
  });
  await prisma.comment.create({
    data: {
      id: randomUUID(),
      featureId: shown.id,
      authorKind: 'REQUESTER',
      authorId: author.id,
      authorName: 'Ann',
      body: 'Please',
      createdAt: at,
    },
  });
  await prisma.widgetConfig.create({ data: { projectId: tenant.project.id, commentsEnabled: true, updatedAt: at } });
  const [error, feedback, comment, conversation, aside, message, notice] = Array.from({ length: 7 }, () => randomUUID()) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return {
    tenant,
    projectId: tenant.project.id,
    organizationId: tenant.organization.id,
    author,
    visitor,
    stranger,
    shown: shown.id,
    duplicate: duplicate.id,
    hidden: { error, feedback, comment, conversation, aside, message, notice },
  };
}

/** Adds what is private, the same text in all of it. Nothing of what was there before is another afterwards but the original of the duplicate. */
export async function plantPrivate(core: TestCore, { tenant, author, stranger, shown, duplicate, hidden }: World): Promise<void> {
  const { prisma } = core.db;
  const at = core.clock.now();
  const { projectId } = { projectId: tenant.project.id };
  const private_ = (id: string, category: 'ERROR' | 'FEEDBACK') =>
    featureRow(core, tenant, {
      id,
      category,
      title: `Crash ${CANARY}`,
      description: CANARY,
      developerNote: `${CANARY}\n## Reqio agent\n${CANARY}`,
      developerNoteUpdatedAt: at,
      subtype: CANARY,
      tags: [CANARY, 'ui'],
      errorReport: { doing: CANARY, expected: CANARY, happened: CANARY },
      ...(category === 'FEEDBACK' && { rating: 3 }),
      diagnostics: { userAgent: CANARY },
      pageUrl: `https://shop.example/${CANARY}`,
      requesterId: author.id,
      voteCount: 2,
      commentCount: 1,
      hasScreenshot: true,
      source: 'widget',
    });
  await prisma.feature.createMany({ data: [private_(hidden.error, 'ERROR'), private_(hidden.feedback, 'FEEDBACK')] });
  for (const featureId of [hidden.error, hidden.feedback]) {
    await prisma.featureScreenshot.create({
      data: { featureId, mimeType: 'image/png', bytes: new Uint8Array(Buffer.from(CANARY)), createdAt: at },
    });
    // Votes of before it became private.
    await prisma.vote.createMany({ data: [author, stranger].map(({ id }) => ({ featureId, requesterId: id, createdAt: at })) });
    await prisma.subscription.createMany({
      data: [author, stranger].map(({ id }) => ({ featureId, requesterId: id, createdAt: at })),
    });
    await prisma.comment.create({
      data: {
        id: featureId === hidden.error ? hidden.comment : randomUUID(),
        featureId,
        authorKind: 'REQUESTER',
        authorId: author.id,
        authorName: CANARY,
        body: CANARY,
        createdAt: at,
      },
    });
  }
  await prisma.feature.update({ where: { id: duplicate }, data: { duplicateOfId: hidden.error }, select: { id: true } });
  for (const [id, featureId] of [[hidden.conversation, hidden.error] as const, [hidden.aside, shown] as const]) {
    await prisma.conversation.create({
      data: {
        ...conversationRow(core, tenant, {
          id,
          requesterId: author.id,
          featureId,
          subject: CANARY,
          tags: [CANARY],
          lastMessagePreview: CANARY,
        }),
        messageSeq: 1,
        unreadCount: 1,
        messages: {
          create: {
            id: id === hidden.conversation ? hidden.message : randomUUID(),
            seq: 1,
            authorKind: 'REQUESTER',
            authorId: author.id,
            authorName: CANARY,
            body: CANARY,
            via: 'widget',
            createdAt: at,
          },
        },
        events: { create: { id: randomUUID(), kind: 'assigned', actorName: CANARY, data: {}, createdAt: at } },
      },
    });
  }
  const notice = {
    projectId,
    title: CANARY,
    body: CANARY,
    actorName: CANARY,
    isPrivate: true,
    channels: ['in_app'],
    createdAt: at,
  };
  await prisma.notification.createMany({
    data: [
      {
        ...notice,
        id: hidden.notice,
        type: 'feature.created',
        featureId: hidden.error,
        actorKind: 'REQUESTER',
        audience: 'team',
      },
      {
        ...notice,
        id: randomUUID(),
        type: 'message.received',
        conversationId: hidden.aside,
        featureId: shown,
        actorKind: 'REQUESTER',
        audience: 'team',
      },
      {
        ...notice,
        id: randomUUID(),
        type: 'message.replied',
        conversationId: hidden.conversation,
        actorKind: 'TEAM',
        audience: 'requesters',
      },
    ],
  });
  const replied = await prisma.notification.findFirstOrThrow({ where: { projectId, type: 'message.replied' } });
  await prisma.notificationReceipt.create({ data: { notificationId: replied.id, requesterId: author.id, createdAt: at } });
}
