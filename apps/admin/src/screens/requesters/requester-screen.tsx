import { Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { can } from '@reqbase/core/contract';
import { IconArrowLeft } from '@tabler/icons-react';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TextLink } from '../../ui/links.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import classes from '../backlog/feature-screen.module.css';
import { FeatureCategory, FeatureStatus } from '../backlog/feature-words.tsx';
import { useProject } from '../projects/use-project.ts';
import { EraseRequester } from './erase-requester.tsx';
import { RequesterConversations } from './requester-conversations.tsx';
import { RequesterFacts } from './requester-facts.tsx';
import { requesterName } from './requester-name.ts';

const route = getRouteApi('/app/projects/$slug/requesters/$requesterId');

export function RequesterScreen() {
  const { slug } = useProject();
  const filters = route.useSearch();
  const { requesterId } = route.useParams();
  return (
    <>
      <TextLink
        to="/projects/$slug/requesters"
        params={{ slug }}
        search={filters}
        size="sm"
        display="inline-flex"
        style={{ alignItems: 'center', gap: 6 }}
        mb="sm"
      >
        <IconArrowLeft size={16} /> Requesters
      </TextLink>
      <RequesterDetail key={requesterId} id={requesterId} />
    </>
  );
}

function RequesterDetail({ id }: { readonly id: string }) {
  const { slug: projectId, role } = useProject();
  const trpc = useTRPC();
  const query = useQuery(trpc.requesters.get.queryOptions({ projectId, id }));
  if (query.isPending) return <Skeleton height={320} aria-busy="true" />;
  if (query.isError) {
    return (
      <>
        <PageHeader title="Requester" />
        <ErrorPanel error={query.error} onRetry={query.refetch} />
      </>
    );
  }
  const requester = query.data;
  return (
    <>
      <PageHeader
        title={requesterName(requester)}
        description={
          <>
            {requester.kind === 'anonymous' ? 'Anonymous visitor' : 'Identified'}, last seen <TimeAgo at={requester.lastSeenAt} />
          </>
        }
        actions={can(role, 'deleteRequesters') ? <EraseRequester projectId={projectId} requester={requester} /> : undefined}
      />
      <div className={classes.columns}>
        <Stack gap="lg" miw={0}>
          <Paper withBorder p="lg" component="section" aria-labelledby="requests">
            <Title order={2} id="requests" mb="sm">
              Requests
            </Title>
            <Requests projectId={projectId} requesterId={id} />
          </Paper>
          {can(role, 'viewInbox') && <RequesterConversations projectId={projectId} requesterId={id} />}
        </Stack>
        <Stack gap="lg" miw={0}>
          <RequesterFacts projectId={projectId} requester={requester} mayEdit={can(role, 'replyInbox')} />
        </Stack>
      </div>
    </>
  );
}

function Requests({ projectId, requesterId }: { readonly projectId: string; readonly requesterId: string }) {
  const trpc = useTRPC();
  const features = useInfiniteQuery(
    trpc.backlog.list.infiniteQueryOptions(
      { projectId, requesterId, limit: 10 },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  if (features.isPending) return <TableSkeleton rows={3} height={40} />;
  if (features.isError) return <ErrorPanel error={features.error} onRetry={features.refetch} />;
  const rows = features.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        They have asked for nothing themselves.
      </Text>
    );
  }
  return (
    <>
      <Stack component="ul" gap="sm" p={0} m={0} style={{ listStyle: 'none' }}>
        {rows.map((feature) => (
          <li key={feature.id}>
            <TextLink
              to="/projects/$slug/backlog/$featureId"
              params={{ slug: projectId, featureId: feature.id }}
              fw={500}
              fz="sm"
              c="var(--mantine-color-text)"
            >
              {feature.title}
            </TextLink>
            <Group gap="md" fz="xs" c="dimmed" mt={2}>
              <FeatureStatus feature={feature} />
              <FeatureCategory category={feature.category} />
              <TimeAgo at={feature.createdAt} />
            </Group>
          </li>
        ))}
      </Stack>
      <LoadMore query={features} label="More requests" />
    </>
  );
}
