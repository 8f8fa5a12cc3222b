import { text as readAll } from 'node:stream/consumers';
import { styleText } from 'node:util';
import type { Command } from 'commander';
import { contextOf, type PageOptions, paged, readPages } from '../context.ts';
import { usage } from '../failure.ts';
import { type Column, fields, plain, when } from '../output.ts';

type Conversation = {
  readonly id: string;
  readonly subject: string | null;
  readonly contact_name: string | null;
  readonly contact_email: string | null;
  readonly status: string;
  readonly priority: string;
  readonly unread_count: number;
  readonly last_message_preview: string | null;
  readonly last_message_at: string;
};
type Message = {
  readonly id: string;
  readonly sender_type: string;
  readonly sender_name: string;
  readonly content: string;
  readonly is_internal: boolean;
  readonly created_at: string;
};

const COLUMNS: readonly Column<Conversation>[] = [
  ['ID', ({ id }) => id],
  ['STATUS', ({ status }) => status],
  ['UNREAD', ({ unread_count }) => unread_count],
  ['CONTACT', ({ contact_name, contact_email }) => contact_name ?? contact_email],
  ['LAST MESSAGE', ({ last_message_at }) => when(last_message_at)],
  ['ABOUT', ({ subject, last_message_preview }) => subject ?? last_message_preview],
];

type ListOptions = PageOptions & { readonly status?: string; readonly assignedTo?: string; readonly q?: string };

export function addConversations(program: Command): void {
  const conversations = program.command('conversations').description('what contacts and the team write to each other');
  paged(conversations.command('list'))
    .description('list conversations, the latest first')
    .option('--status <list>', 'open, pending, snoozed, resolved, closed, or unresolved; several with commas between')
    .option('--assigned-to <id>', 'a member, or none')
    .option('--q <words>', 'words in the subject or the last message')
    .addHelpText('after', '\nExample:\n  $ reqbase conversations list --status unresolved --assigned-to none')
    .action(async ({ status, assignedTo, q, ...options }: ListOptions, command: Command) => {
      const { api, project, output } = contextOf(command);
      const path = `/projects/${project()}/conversations`;
      const page = await readPages<Conversation>(api(), path, options, { status, assigned_to: assignedTo, q });
      output.list(page, COLUMNS, 'No conversation is like this.');
    });
  conversations
    .command('show <id>')
    .description('read a conversation with its messages')
    .action(async (id: string, _options: object, command: Command) => {
      const { api, project, output } = contextOf(command);
      const path = `/projects/${project()}/conversations/${encodeURIComponent(id)}`;
      const conversation = await api().one<Conversation>('GET', path);
      const { data: messages } = await readPages<Message>(api(), `${path}/messages`, { all: true });
      output.one({ ...conversation, messages }, thread);
    });
  conversations
    .command('reply <id> [text]')
    .description('answer the contact; the text is read from the standard input when it is left out')
    .option('--internal', 'a note for the team, which the contact does not see')
    .addHelpText(
      'after',
      '\nExamples:\n  $ reqbase conversations reply ID "It is mended."\n  $ reqbase conversations reply ID < answer.txt',
    )
    .action(async (id: string, text: string | undefined, { internal = false }: { internal?: boolean }, command: Command) => {
      const { api, project, output } = contextOf(command);
      const content = text ?? (process.stdin.isTTY ? '' : await readAll(process.stdin));
      if (content.trim() === '') throw usage('There is nothing to send: give a text.');
      const path = `/projects/${project()}/conversations/${encodeURIComponent(id)}/messages`;
      const message = await api().one<Message>('POST', path, { body: { content, is_internal: internal } });
      output.one(message, () => (internal ? 'Noted.' : 'Sent.'));
    });
}

function thread({ messages, ...conversation }: Conversation & { readonly messages: readonly Message[] }): string {
  const head = fields([
    ['id', conversation.id],
    ['subject', conversation.subject],
    ['contact', conversation.contact_name ?? conversation.contact_email],
    ['status', conversation.status],
    ['priority', conversation.priority],
  ]);
  const said = messages.map(({ sender_name, sender_type, is_internal, created_at, content }) => {
    const who = `${plain(sender_name)} (${is_internal ? 'note' : sender_type}), ${when(created_at)}`;
    return `${styleText('bold', who)}\n${plain(content)}`;
  });
  return [head, ...said].join('\n\n');
}
