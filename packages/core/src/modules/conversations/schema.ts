import * as z from 'zod';
import { Cursor, Id, Instant, Limit, MAX_INT, ProjectRef, pageOf, storable, Timestamp } from '../../schema-kit.ts';
import { Tag } from '../backlog/schema.ts';

export const ConversationStatus = z.enum(['open', 'pending', 'snoozed', 'resolved', 'closed']).meta({
  id: 'ConversationStatus',
  description:
    'A message of the requester makes it `open` again, but for `closed`, which is final: the message then opens a new conversation. `snoozed` becomes `open` by itself at `snoozedUntil`.',
});
export type ConversationStatus = z.infer<typeof ConversationStatus>;

/** The statuses that the team can give a conversation of each status. Source: domain model, Conversation. */
export const TRANSITIONS: Readonly<Record<ConversationStatus, readonly ConversationStatus[]>> = {
  open: ['open', 'pending', 'snoozed', 'resolved', 'closed'],
  pending: ['open', 'pending', 'snoozed', 'resolved', 'closed'],
  snoozed: ['open', 'pending', 'snoozed', 'resolved', 'closed'],
  resolved: ['open', 'resolved', 'closed'],
  closed: ['closed'],
};

/** What the alias `unresolved` stands for. */
export const UNRESOLVED = ['open', 'pending', 'snoozed'] as const satisfies readonly ConversationStatus[];

export const ConversationPriority = z.enum(['low', 'normal', 'high', 'urgent']).meta({ id: 'ConversationPriority' });
export type ConversationPriority = z.infer<typeof ConversationPriority>;
export const Channel = z.enum(['widget', 'email', 'api', 'chat', 'slack', 'discord', 'telegram']).meta({ id: 'Channel' });
export type Channel = z.infer<typeof Channel>;

const Subject = z.string().trim().min(1).max(200).check(storable);
/** Of a message, in UTF-16 units. */
export const LONGEST_BODY = 20_000;
const Body = z.string().trim().min(1).max(LONGEST_BODY).check(storable);
/** HTML is read, from e-mail, and never written: what is shown to people as markup has to be ours. */
const WrittenContentType = z.enum(['text', 'markdown']).default('text');

export const Conversation = z
  .object({
    id: Id,
    projectId: Id,
    featureId: Id.nullable().meta({ description: 'The feature request that it is about' }),
    requesterId: Id.nullable(),
    requesterName: z.string().nullable(),
    requesterEmail: z.string().nullable().meta({ description: 'Only for who may read requesters' }),
    subject: z.string().nullable(),
    status: ConversationStatus,
    priority: ConversationPriority,
    channel: Channel,
    assigneeId: Id.nullable().meta({ description: 'The member of the team who sees to it' }),
    tags: z.array(z.string()),
    aiResolved: z.boolean(),
    isSpam: z.boolean(),
    unreadCount: z.int().meta({ description: 'Messages of the requester that nobody of the team has marked as read' }),
    lastMessagePreview: z.string().nullable().meta({ description: 'The beginning of the last message, internal notes aside' }),
    lastMessageAt: Timestamp,
    waitingSince: Timestamp.nullable().meta({ description: 'Since when the requester waits for the team' }),
    snoozedUntil: Timestamp.nullable().meta({ description: 'Only with the status snoozed' }),
    resolvedAt: Timestamp.nullable(),
    previousConversationId: Id.nullable().meta({ description: 'The closed conversation that this one goes on from' }),
    version: z
      .int()
      .meta({ description: 'Grows with every change of the conversation. The ETag is made of it and of all that is answered' }),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({
    id: 'Conversation',
    examples: [
      {
        id: '01a200b1-4e0a-7d11-9c55-5b1a33b7c0de',
        projectId: '01a200a4-9700-7c0e-9f5e-0f2f6a1b2c3d',
        featureId: '01a200a4-972f-789c-9aa1-739d1bba6fb7',
        requesterId: '01a200a4-972a-74b4-ba6b-0967b5d4058b',
        requesterName: 'Grace',
        requesterEmail: 'grace@example.com',
        subject: 'The export is empty',
        status: 'open',
        priority: 'normal',
        channel: 'widget',
        assigneeId: null,
        tags: ['billing'],
        aiResolved: false,
        isSpam: false,
        unreadCount: 1,
        lastMessagePreview: 'It still happens with invoices of last year.',
        lastMessageAt: '2026-11-20T09:12:00.000Z',
        waitingSince: '2026-11-20T09:12:00.000Z',
        snoozedUntil: null,
        resolvedAt: null,
        previousConversationId: null,
        version: 3,
        createdAt: '2026-11-18T16:40:03.120Z',
        updatedAt: '2026-11-20T09:12:00.000Z',
      },
    ],
  });
export type Conversation = z.infer<typeof Conversation>;

export const ConversationSort = z.enum(['lastMessageAt', 'createdAt', 'updatedAt', 'waitingSince']);
export type ConversationSort = z.infer<typeof ConversationSort>;

const ASSIGNEE = /^(?:none|me|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})$/;

export const ListConversations = z.object({
  projectId: ProjectRef,
  status: z
    .array(z.enum([...ConversationStatus.options, 'unresolved']))
    .max(6)
    .optional()
    .meta({ description: '`unresolved` stands for open, pending and snoozed' }),
  priority: z.array(ConversationPriority).max(4).optional(),
  channel: z.array(Channel).max(7).optional(),
  assigneeId: z
    .string()
    .max(36)
    .regex(ASSIGNEE, 'Give an id, `none` or `me`.')
    .optional()
    .meta({ description: 'A member’s id; `none` for those of nobody, `me` for those of the caller, who must be a person' }),
  requesterId: Id.optional(),
  featureId: Id.optional(),
  tag: z.array(Tag).max(20).optional().meta({ description: 'With all of these tags' }),
  isSpam: z.boolean().default(false),
  q: z
    .string()
    .trim()
    .max(200)
    .check(storable)
    .optional()
    .meta({ description: 'Words in the subject or the last message’s preview; the last may be incomplete' }),
  createdAfter: Instant.optional(),
  createdBefore: Instant.optional(),
  updatedSince: Instant.optional().meta({ description: 'For incremental sync: changed at this instant or later' }),
  sort: ConversationSort.default('lastMessageAt').meta({
    description: '`waitingSince` lists only those in which the requester waits',
  }),
  order: z.enum(['asc', 'desc']).default('desc'),
  limit: Limit,
  cursor: Cursor,
});
export type ListConversations = z.infer<typeof ListConversations>;
export const ConversationPage = pageOf(Conversation).meta({ id: 'ConversationPage' });

export const ProjectOnly = z.object({ projectId: ProjectRef });
export const ConversationRef = z.object({ projectId: ProjectRef, id: Id });
export type ConversationRef = z.infer<typeof ConversationRef>;

export const MessageAuthorKind = z.enum(['TEAM', 'REQUESTER', 'AI', 'SYSTEM']).meta({ id: 'MessageAuthorKind' });
export const Message = z
  .object({
    id: Id,
    conversationId: Id,
    authorKind: MessageAuthorKind,
    authorId: Id.nullable(),
    authorName: z.string(),
    body: z.string(),
    contentType: z.enum(['text', 'html', 'markdown']),
    isInternal: z.boolean().meta({ description: 'A note of the team, which the requester does not see' }),
    via: z.enum(['api', 'mcp', 'dashboard', 'widget', 'email']),
    deliveredAt: Timestamp.nullable(),
    readAt: Timestamp.nullable().meta({ description: 'When the other side marked it as read' }),
    createdAt: Timestamp,
  })
  .meta({
    id: 'Message',
    examples: [
      {
        id: '01a200b1-4e0b-7c9d-8d10-6a4f0f1a9b2c',
        conversationId: '01a200b1-4e0a-7d11-9c55-5b1a33b7c0de',
        authorKind: 'REQUESTER',
        authorId: '01a200a4-972a-74b4-ba6b-0967b5d4058b',
        authorName: 'Grace',
        body: 'It still happens with invoices of last year.',
        contentType: 'text',
        isInternal: false,
        via: 'widget',
        deliveredAt: '2026-11-20T09:12:00.000Z',
        readAt: null,
        createdAt: '2026-11-20T09:12:00.000Z',
      },
    ],
  });
export type Message = z.infer<typeof Message>;

/** How many messages are answered to who asks for no page. */
export const WHOLE_THREAD = 100;

export const ListMessages = ConversationRef.extend({
  limit: z.int().min(1).max(100).optional().meta({ description: 'Messages a page, at most 100; with it the answer is a page' }),
  cursor: Cursor.meta({ description: '`nextCursor` of the page before; with it the answer is a page' }),
  after: Id.optional().meta({ description: 'Of a message: those that follow it, a page' }),
  before: Id.optional().meta({
    description:
      'Of a message: those next to it that come before it, a page; its `nextCursor` leads further back, unless `after` is given too',
  }),
  createdAfter: Instant.optional(),
  createdBefore: Instant.optional(),
  updatedSince: Instant.optional().meta({
    description: 'For incremental sync: written, read or marked as unread at this instant or later',
  }),
});
export type ListMessages = z.infer<typeof ListMessages>;
export const MessagePage = pageOf(Message).meta({ id: 'MessagePage' });
export const MessageList = z.union([z.array(Message), MessagePage]).meta({
  description:
    'Without `limit`, `cursor`, `before` and `after` the newest 100 messages as a bare array; else a page. Oldest first.',
});
export type MessageList = z.infer<typeof MessageList>;

export const GetThread = ConversationRef.extend({
  before: Id.optional().meta({ description: 'Of a message: those next to it that come before it' }),
});
export type GetThread = z.infer<typeof GetThread>;
export const Thread = Conversation.extend({ messages: z.array(Message) }).meta({ id: 'Thread' });
export type Thread = z.infer<typeof Thread>;

export const Reply = ConversationRef.extend({
  body: Body,
  contentType: WrittenContentType,
  isInternal: z.boolean().default(false).meta({ description: 'A note for the team' }),
  clientMessageId: Id.optional().meta({
    description: 'Given by the caller: sent again with the same message, the answer is that of the first time',
  }),
});
export type Reply = z.infer<typeof Reply>;

export const CreateConversation = z.object({
  projectId: ProjectRef,
  requesterId: Id,
  featureId: Id.nullish(),
  subject: Subject.nullish(),
  body: Body,
  contentType: WrittenContentType,
  channel: Channel.default('api'),
});
export type CreateConversation = z.infer<typeof CreateConversation>;

export const UpdateConversation = ConversationRef.extend({
  status: ConversationStatus.optional(),
  priority: ConversationPriority.optional(),
  assigneeId: Id.nullable().optional().meta({ description: 'A member who may reply in conversations, or null for nobody' }),
  tags: z.array(Tag).max(20).optional().meta({ description: 'In place of those that it has' }),
  subject: Subject.nullable().optional(),
  snoozedUntil: Instant.optional().meta({ description: 'With the status snoozed, and only then: when it wakes' }),
  isSpam: z.boolean().optional(),
  ifVersion: z
    .int()
    .min(0)
    .max(MAX_INT)
    .optional()
    .meta({ description: 'Refused with PRECONDITION_FAILED when the conversation has moved on' }),
});
export type UpdateConversation = z.infer<typeof UpdateConversation>;

export const MarkRead = ConversationRef.extend({
  upToMessageId: Id.optional().meta({ description: 'The last message that was seen: what came after it stays unread' }),
});
export type MarkRead = z.infer<typeof MarkRead>;
export const UnreadCount = z.object({ unreadCount: z.int() }).meta({ id: 'UnreadCount' });
export type UnreadCount = z.infer<typeof UnreadCount>;

export const ConversationEventKind = z.enum([
  'status_changed',
  'assigned',
  'snoozed',
  'woken',
  'priority_changed',
  'tags_changed',
  'marked_spam',
]);
export type ConversationEventKind = z.infer<typeof ConversationEventKind>;
const EventValue = z.union([z.string(), z.boolean(), z.array(z.string()), z.null()]);
export const ConversationEvent = z
  .object({
    id: Id,
    conversationId: Id,
    kind: ConversationEventKind,
    actorId: Id.nullable().meta({ description: 'Null: the system itself' }),
    actorName: z.string(),
    data: z.object({ from: EventValue, to: EventValue }),
    createdAt: Timestamp,
  })
  .meta({ id: 'ConversationEvent' });
export type ConversationEvent = z.infer<typeof ConversationEvent>;
export const ListEvents = ConversationRef.extend({ limit: Limit, cursor: Cursor });
export type ListEvents = z.infer<typeof ListEvents>;
export const EventPage = pageOf(ConversationEvent).meta({ id: 'ConversationEventPage' });

/** Up to which the figures of the inbox are counted: more are that many, so that counting costs the same whatever there is. */
export const COUNTED_TO = 1_000;
const Count = z.int().min(0).max(COUNTED_TO);
export const InboxCounts = z.object({ open: Count, unread: Count, mine: Count, unassigned: Count, snoozed: Count }).meta({
  id: 'InboxCounts',
  description: `Spam aside; ${COUNTED_TO} means that many or more. mine and unassigned are of the unresolved.`,
});
export type InboxCounts = z.infer<typeof InboxCounts>;

export const Done = z.void();
