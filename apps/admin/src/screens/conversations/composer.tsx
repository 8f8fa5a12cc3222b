import { Button, Group, SegmentedControl, Text, Textarea } from '@mantine/core';
import { can, type conversationSchemas, type Role } from '@reqbase/core/contract';
import { IconLock, IconSend } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useShortcuts } from '../../ui/use-shortcuts.ts';
import { drafts, type Kind, useDraft, useDraftKey } from './draft-store.ts';
import classes from './thread.module.css';
import { useSend } from './use-outgoing.ts';

/** Of a message. Source: domain model, Message. */
const MAX_LENGTH = 20_000;

type ComposerProps = {
  readonly projectId: string;
  readonly conversation: conversationSchemas.Conversation;
  readonly role: Role | null;
};

/** Where one answers; or why one cannot. */
export function Composer({ projectId, conversation, role }: ComposerProps) {
  if (!can(role, 'replyInbox')) {
    return (
      <NoReply>
        You read along: your role{role === null ? '' : `, ${role},`} does not include replying. Developers, admins and owners may.
      </NoReply>
    );
  }
  if (conversation.status === 'closed')
    return (
      <NoReply>This conversation is closed for good and takes no messages. If the requester writes, a new one begins.</NoReply>
    );
  return <ReplyBox projectId={projectId} conversation={conversation} />;
}

function NoReply({ children }: { readonly children: React.ReactNode }) {
  return (
    <Group className={classes.composer ?? ''} gap="xs" wrap="nowrap" c="dimmed">
      <IconLock size={16} aria-hidden="true" style={{ flex: 'none' }} />
      <Text size="sm">{children}</Text>
    </Group>
  );
}

function ReplyBox({ projectId, conversation }: Pick<ComposerProps, 'projectId' | 'conversation'>) {
  const keys: Record<Kind, string> = {
    reply: useDraftKey(conversation.id, 'reply'),
    note: useDraftKey(conversation.id, 'note'),
  };
  const written: Record<Kind, string> = { reply: useDraft(keys.reply).body, note: useDraft(keys.note).body };
  // Only who writes changes it: what is meant for the team must not find itself in a reply.
  const [kind, setKind] = useState<Kind>(() => (drafts.read(keys.note).body === '' ? 'reply' : 'note'));
  const isInternal = kind === 'note';
  const body = written[kind];
  const send: Record<Kind, () => void> = {
    reply: useSend(projectId, conversation.id, 'reply'),
    note: useSend(projectId, conversation.id, 'note'),
  };
  const input = useRef<HTMLTextAreaElement>(null);
  const write = (as: Kind) => {
    setKind(as);
    input.current?.focus();
  };
  useShortcuts([
    ['r', () => write('reply')],
    ['n', () => write('note')],
  ]);
  const submit = () => {
    send[kind]();
    input.current?.focus();
  };
  const label = (of: Kind, words: string) => (of !== kind && written[of].trim() !== '' ? `${words} · draft` : words);
  return (
    <form
      className={classes.composer}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <SegmentedControl
        size="xs"
        mb="xs"
        aria-label="Kind of message"
        data={[
          { value: 'reply', label: label('reply', 'Reply') },
          { value: 'note', label: label('note', 'Internal note') },
        ]}
        value={kind}
        onChange={setKind}
      />
      <Textarea
        ref={input}
        {...(isInternal && { classNames: { input: classes.note ?? '' } })}
        aria-label={isInternal ? 'Internal note' : 'Reply'}
        aria-keyshortcuts={isInternal ? 'n' : 'r'}
        placeholder={isInternal ? 'For the team only' : 'Write to the requester'}
        autosize
        minRows={2}
        maxRows={10}
        maxLength={MAX_LENGTH}
        value={body}
        onChange={(event) => drafts.write(keys[kind], event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            submit();
          }
          // Out of the text, back to where single keys act.
          if (event.key === 'Escape') document.getElementById('detail')?.focus();
        }}
      />
      <Group justify="space-between" mt="xs" gap="xs">
        <Text size="xs" c="dimmed" visibleFrom="xs">
          {isInternal ? 'The requester never sees it.' : 'Goes out after 5 seconds, in which you can take it back.'}
        </Text>
        <Button
          type="submit"
          size="compact-md"
          fz="sm"
          ml="auto"
          {...(isInternal && { variant: 'light', color: 'orange' })}
          leftSection={isInternal ? <IconLock size={16} /> : <IconSend size={16} />}
          disabled={body.trim() === ''}
          aria-keyshortcuts="Control+Enter Meta+Enter"
        >
          {isInternal ? 'Add note' : 'Send'}
        </Button>
      </Group>
    </form>
  );
}
