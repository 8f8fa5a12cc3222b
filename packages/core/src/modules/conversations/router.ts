import { project } from '../../project.ts';
import { router } from '../../trpc.ts';
import { createConversation } from './create-conversation.ts';
import { listConversations } from './list-conversations.ts';
import { listEvents } from './list-events.ts';
import { listMessages } from './list-messages.ts';
import { markRead } from './mark-read.ts';
import { markUnread } from './mark-unread.ts';
import { reply } from './reply.ts';
import * as schema from './schema.ts';
import { countInbox, getConversation, removeConversation } from './service.ts';
import { getThread } from './thread.ts';
import { updateConversation } from './update-conversation.ts';

const NOT_FOUND = ['CONVERSATION_NOT_FOUND'] as const;

const OF_PROJECT = '/projects/{projectId}/conversations';

const CONVERSATION_TEXT = ['requesterName', 'requesterEmail', 'subject', 'lastMessagePreview'];

export const conversations = router({
  list: project
    .scope('conversations:read')
    .meta({
      summary: 'List conversations',
      errors: ['INVALID_CURSOR'],
      rest: { project: { method: 'GET', path: '/conversations' }, org: { method: 'GET', path: OF_PROJECT } },
      mcp: {
        name: 'list_conversations',
        title: 'List conversations',
        hints: { readOnly: true, idempotent: true },
        userText: CONVERSATION_TEXT,
      },
    })
    .input(schema.ListConversations)
    .output(schema.ConversationPage)
    .query(({ ctx, input }) => listConversations(ctx, input)),
  get: project
    .scope('conversations:read')
    .meta({
      summary: 'Read a conversation',
      errors: NOT_FOUND,
      rest: {
        project: { method: 'GET', path: '/conversations/{id}', etag: 'both' },
        org: { method: 'GET', path: `${OF_PROJECT}/{id}`, etag: 'both' },
      },
    })
    .input(schema.ConversationRef)
    .output(schema.Conversation)
    .query(({ ctx, input }) => getConversation(ctx, input)),
  getThread: project
    .scope('conversations:read')
    .meta({
      summary: 'Read a conversation with its messages',
      description: 'The newest 100 messages, oldest first; with `before` the 25 that come before one of them.',
      errors: NOT_FOUND,
      mcp: {
        name: 'get_conversation',
        title: 'Read a conversation with its messages',
        hints: { readOnly: true, idempotent: true },
        names: { id: 'conversationId' },
        userText: [...CONVERSATION_TEXT, 'authorName', 'body'],
      },
    })
    .input(schema.GetThread)
    .output(schema.Thread)
    .query(({ ctx, input }) => getThread(ctx, input)),
  listMessages: project
    .scope('conversations:read')
    .meta({
      summary: 'List the messages of a conversation',
      description:
        'Oldest first. Without `limit`, `cursor`, `before` and `after` the newest 100 messages as a bare array; with any of them a page. Internal notes are among them: callers are the team.',
      errors: ['CONVERSATION_NOT_FOUND', 'INVALID_CURSOR'],
      rest: {
        project: { method: 'GET', path: '/conversations/{id}/messages' },
        org: { method: 'GET', path: `${OF_PROJECT}/{id}/messages`, defaults: { limit: 100 } },
      },
    })
    .input(schema.ListMessages)
    .output(schema.MessageList)
    .query(({ ctx, input }) => listMessages(ctx, input)),
  reply: project
    .scope('conversations:write')
    .meta({
      summary: 'Reply in a conversation',
      description:
        'Posts a message of the team, or an internal note. A closed conversation takes neither (`CONFLICT`): open a new one.',
      errors: ['CONVERSATION_NOT_FOUND', 'CONFLICT', 'IDEMPOTENCY_CONFLICT'],
      rest: {
        project: {
          method: 'POST',
          path: '/conversations/{id}/messages',
          status: 201,
          location: '/conversations/{conversationId}/messages',
          without: ['clientMessageId'],
        },
        org: {
          method: 'POST',
          path: `${OF_PROJECT}/{id}/messages`,
          status: 201,
          location: `${OF_PROJECT}/{conversationId}/messages`,
          without: ['clientMessageId'],
        },
      },
      mcp: {
        name: 'reply_conversation',
        title: 'Reply in a conversation',
        hints: { openWorld: true },
        names: { id: 'conversationId' },
        without: ['clientMessageId'],
        confirm: {
          tells:
            'This sends the message to the requester, in the widget and by e-mail where they left an address. Once sent it cannot be taken back. With isInternal it is a note for the team.',
        },
      },
    })
    .input(schema.Reply)
    .output(schema.Message)
    .mutation(({ ctx, input }) => reply(ctx, input)),
  create: project
    .scope('conversations:write')
    .meta({
      summary: 'Open a conversation with a requester',
      errors: ['REQUESTER_NOT_FOUND', 'FEATURE_NOT_FOUND'],
      rest: { org: { method: 'POST', path: OF_PROJECT, status: 201, location: `${OF_PROJECT}/{id}` } },
    })
    .input(schema.CreateConversation)
    .output(schema.Conversation)
    .mutation(({ ctx, input }) => createConversation(ctx, input)),
  update: project
    .scope('conversations:write')
    .meta({
      summary: 'Change a conversation',
      errors: ['NO_UPDATES', 'CONVERSATION_NOT_FOUND', 'INVALID_STATUS_TRANSITION', 'PRECONDITION_FAILED'],
      rest: { org: { method: 'PATCH', path: `${OF_PROJECT}/{id}`, etag: 'both' } },
    })
    .input(schema.UpdateConversation)
    .output(schema.Conversation)
    .mutation(({ ctx, input }) => updateConversation(ctx, input)),
  markRead: project
    .scope('conversations:write')
    .meta({ summary: 'Mark the messages of a requester as read', errors: NOT_FOUND })
    .input(schema.MarkRead)
    .output(schema.UnreadCount)
    .mutation(({ ctx, input }) => markRead(ctx, input)),
  markUnread: project
    .scope('conversations:write')
    .meta({ summary: 'Mark the last message of the requester as unread', errors: NOT_FOUND })
    .input(schema.ConversationRef)
    .output(schema.UnreadCount)
    .mutation(({ ctx, input }) => markUnread(ctx, input)),
  remove: project
    .scope('conversations:delete')
    .meta({ summary: 'Delete a conversation', errors: NOT_FOUND })
    .input(schema.ConversationRef)
    .output(schema.Done)
    .mutation(({ ctx, input }) => removeConversation(ctx, input)),
  listEvents: project
    .scope('conversations:read')
    .meta({ summary: 'List what happened to a conversation', errors: ['CONVERSATION_NOT_FOUND', 'INVALID_CURSOR'] })
    .input(schema.ListEvents)
    .output(schema.EventPage)
    .query(({ ctx, input }) => listEvents(ctx, input)),
  counts: project
    .scope('conversations:read')
    .meta({ summary: 'Count the conversations of the inbox' })
    .input(schema.ProjectOnly)
    .output(schema.InboxCounts)
    .query(({ ctx }) => countInbox(ctx)),
});
