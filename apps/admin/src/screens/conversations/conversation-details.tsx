import { Anchor, Avatar, DataList, Group, Select, Skeleton, Stack, TagsInput, Text, Title } from '@mantine/core';
import { conversationSchemas } from '@reqbase/core/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TextLink } from '../../ui/links.tsx';
import { formatCents, formatCount } from '../../ui/number-format.ts';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { FeatureStatus } from '../backlog/feature-words.tsx';
import { ConversationStatus, conversationTitle, PRIORITY_WORDS } from './conversation-words.tsx';
import { useChangeConversation } from './use-change-conversation.ts';

type DetailsProps = {
  readonly projectId: string;
  readonly conversation: conversationSchemas.Conversation;
  readonly mayWrite: boolean;
};

/** Who asks, what about, and what else they have asked. */
export function ConversationDetails({ projectId, conversation, mayWrite }: DetailsProps) {
  const { requesterId, featureId } = conversation;
  return (
    <Stack gap="lg" p="md">
      <Section title="Requester">
        {requesterId === null ? (
          <Nothing>Unknown: erased, or never named.</Nothing>
        ) : (
          <Requester projectId={projectId} id={requesterId} />
        )}
      </Section>
      <Section title="Request">
        {featureId === null ? (
          <Nothing>It is about none in particular.</Nothing>
        ) : (
          <Feature projectId={projectId} id={featureId} />
        )}
      </Section>
      <Section title="Properties">
        <Properties projectId={projectId} conversation={conversation} mayWrite={mayWrite} />
      </Section>
      {requesterId !== null && (
        <Section title="Other conversations">
          <OtherConversations projectId={projectId} requesterId={requesterId} exceptId={conversation.id} />
        </Section>
      )}
    </Stack>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section aria-label={title}>
      <Title order={3} mb="xs">
        {title}
      </Title>
      {children}
    </section>
  );
}

function Nothing({ children }: { readonly children: ReactNode }) {
  return (
    <Text size="sm" c="dimmed">
      {children}
    </Text>
  );
}

function Requester(ref: { readonly projectId: string; readonly id: string }) {
  const trpc = useTRPC();
  const requester = useQuery(trpc.requesters.get.queryOptions(ref));
  if (requester.isPending) return <Skeleton height={90} />;
  if (requester.isError) return <ErrorPanel error={requester.error} onRetry={requester.refetch} />;
  const { name, email, emailVerified, company, jobTitle, traits, monthlyRevenue, kind, featureCount, voteCount, lastSeenAt } =
    requester.data;
  const label = name ?? email ?? 'Visitor';
  return (
    <>
      <Group gap="sm" wrap="nowrap" mb="xs">
        <Avatar name={label} size={34} aria-hidden="true" />
        <div style={{ minWidth: 0 }}>
          <TextLink
            to="/projects/$slug/requesters/$requesterId"
            params={{ slug: ref.projectId, requesterId: ref.id }}
            display="block"
            size="sm"
            fw={600}
            truncate
            c="var(--mantine-color-text)"
          >
            {label}
          </TextLink>
          {email !== null && (
            <Anchor size="sm" href={`mailto:${encodeURIComponent(email)}`} style={{ overflowWrap: 'anywhere' }}>
              {email}
            </Anchor>
          )}
        </div>
      </Group>
      <DataList gap={6} labelWidth={90}>
        {email !== null && <Fact label="E-mail">{emailVerified ? 'Verified' : 'Not verified'}</Fact>}
        {kind === 'anonymous' && <Fact label="Identity">Anonymous visitor</Fact>}
        {company !== null && <Fact label="Company">{company}</Fact>}
        {jobTitle !== null && <Fact label="Role">{jobTitle}</Fact>}
        {typeof traits['plan'] === 'string' && <Fact label="Plan">{traits['plan']}</Fact>}
        <Fact label="Revenue">{formatCents(monthlyRevenue)} a month</Fact>
        <Fact label="Requests">{formatCount(featureCount)}</Fact>
        <Fact label="Votes">{formatCount(voteCount)}</Fact>
        <Fact label="Last seen">
          <TimeAgo at={lastSeenAt} />
        </Fact>
      </DataList>
    </>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <DataList.Item>
      <DataList.ItemLabel>{label}</DataList.ItemLabel>
      <DataList.ItemValue style={{ overflowWrap: 'anywhere' }}>{children}</DataList.ItemValue>
    </DataList.Item>
  );
}

function Feature({ projectId, id }: { readonly projectId: string; readonly id: string }) {
  const trpc = useTRPC();
  const feature = useQuery(trpc.backlog.get.queryOptions({ projectId, id }));
  if (feature.isPending) return <Skeleton height={40} />;
  if (feature.isError) return <ErrorPanel error={feature.error} onRetry={feature.refetch} />;
  return (
    <>
      <TextLink to="/projects/$slug/backlog/$featureId" params={{ slug: projectId, featureId: id }} size="sm">
        #{feature.data.number} {feature.data.title}
      </TextLink>
      <Text size="sm" mt={2}>
        <FeatureStatus feature={feature.data} />
      </Text>
    </>
  );
}

function Properties({ projectId, conversation, mayWrite }: DetailsProps) {
  const { id, priority, tags, createdAt, resolvedAt, previousConversationId } = conversation;
  const { change, changing } = useChangeConversation(projectId, id);
  return (
    <Stack gap="xs">
      <Select
        label="Priority"
        size="xs"
        data={conversationSchemas.ConversationPriority.options.map((value) => ({ value, label: PRIORITY_WORDS[value] }))}
        value={changing?.priority ?? priority}
        onChange={(value) => value !== null && change({ priority: value })}
        allowDeselect={false}
        disabled={!mayWrite}
      />
      <TagsInput
        label="Tags"
        size="xs"
        placeholder={tags.length === 0 ? 'None' : ''}
        value={changing?.tags ?? tags}
        onChange={(value) => change({ tags: value.filter((tag) => tag.trim() !== '') })}
        maxTags={20}
        maxLength={40}
        disabled={!mayWrite}
      />
      <DataList gap={6} labelWidth={90}>
        <Fact label="Began">
          <TimeAgo at={createdAt} />
        </Fact>
        {resolvedAt !== null && (
          <Fact label="Resolved">
            <TimeAgo at={resolvedAt} />
          </Fact>
        )}
      </DataList>
      {previousConversationId !== null && (
        <TextLink
          to="/projects/$slug/inbox/$conversationId"
          params={{ slug: projectId, conversationId: previousConversationId }}
          size="sm"
        >
          Goes on from a closed conversation
        </TextLink>
      )}
    </Stack>
  );
}

type OtherConversationsProps = { readonly projectId: string; readonly requesterId: string; readonly exceptId: string };

const OTHERS = 5;

function OtherConversations({ projectId, requesterId, exceptId }: OtherConversationsProps) {
  const trpc = useTRPC();
  // One more than are shown: the present one may be among them.
  const conversations = useQuery(trpc.conversations.list.queryOptions({ projectId, requesterId, limit: OTHERS + 1 }));
  if (conversations.isPending) return <Skeleton height={60} />;
  if (conversations.isError) return <ErrorPanel error={conversations.error} onRetry={conversations.refetch} />;
  const others = conversations.data.items.filter(({ id }) => id !== exceptId);
  if (others.length === 0) return <Nothing>None.</Nothing>;
  return (
    <Stack gap="xs">
      {others.slice(0, OTHERS).map((conversation) => (
        <div key={conversation.id}>
          <TextLink
            to="/projects/$slug/inbox/$conversationId"
            params={{ slug: projectId, conversationId: conversation.id }}
            size="sm"
            lineClamp={2}
          >
            {conversationTitle(conversation)}
          </TextLink>
          <Group gap="sm" fz="xs" c="dimmed">
            <ConversationStatus status={conversation.status} />
            <TimeAgo at={conversation.lastMessageAt} />
          </Group>
        </div>
      ))}
      {others.length > OTHERS || conversations.data.hasMore ? (
        <TextLink to="/projects/$slug/inbox" params={{ slug: projectId }} search={{ view: 'all', requesterId }} size="sm">
          All of this requester
        </TextLink>
      ) : null}
    </Stack>
  );
}
