import { Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { can } from '@reqbase/core/contract';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TextLink } from '../../ui/links.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { FeatureConversations } from '../conversations/feature-conversations.tsx';
import { useProject } from '../projects/use-project.ts';
import { ChangeStatus } from './change-status.tsx';
import { Comments } from './comments.tsx';
import { DeleteFeature } from './delete-feature.tsx';
import { DeveloperNote } from './developer-note.tsx';
import { ErrorReport, FeatureFacts } from './feature-facts.tsx';
import classes from './feature-screen.module.css';
import { FeatureScreenshot } from './feature-screenshot.tsx';
import { FeatureCategory, FeatureStatus } from './feature-words.tsx';
import { statusKey } from './status-choice.ts';
import { Voters } from './voters.tsx';

const route = getRouteApi('/app/projects/$slug/backlog/$featureId');

export function FeatureScreen() {
  const { slug } = useProject();
  const filters = route.useSearch();
  const { featureId } = route.useParams();
  return (
    <>
      <TextLink
        to="/projects/$slug/backlog"
        params={{ slug }}
        search={filters}
        size="sm"
        display="inline-flex"
        style={{ alignItems: 'center', gap: 6 }}
        mb="sm"
      >
        <IconArrowLeft size={16} /> Backlog
      </TextLink>
      <FeatureDetail key={featureId} featureId={featureId} />
    </>
  );
}

function FeatureDetail({ featureId }: { readonly featureId: string }) {
  const { slug: projectId, role, plan } = useProject();
  const trpc = useTRPC();
  const query = useQuery(trpc.backlog.get.queryOptions({ projectId, id: featureId }));
  if (query.isPending) return <DetailSkeleton />;
  if (query.isError) {
    return (
      <>
        <PageHeader title="Request" />
        <ErrorPanel error={query.error} onRetry={query.refetch} />
      </>
    );
  }
  const feature = query.data;
  return (
    <>
      <PageHeader
        title={feature.title}
        tabTitle={`#${feature.number} ${feature.title}`}
        description={
          <Group gap="md" component="span" style={{ rowGap: 2 }}>
            <span>#{feature.number}</span>
            <FeatureStatus feature={feature} />
            <FeatureCategory category={feature.category} />
            <span>
              created <TimeAgo at={feature.createdAt} />
            </span>
          </Group>
        }
        actions={can(role, 'deleteFeatures') ? <DeleteFeature projectId={projectId} feature={feature} /> : undefined}
      />
      <div className={classes.columns}>
        <Stack gap="lg" miw={0}>
          <Paper withBorder p="lg" component="section" aria-labelledby="description">
            <Title order={2} id="description" mb="xs">
              Description
            </Title>
            {feature.description === null ? (
              <Text c="dimmed" size="sm">
                None was given.
              </Text>
            ) : (
              <Text className={classes.prose ?? ''}>{feature.description}</Text>
            )}
            {feature.errorReport !== null && <ErrorReport report={feature.errorReport} />}
          </Paper>
          {feature.hasScreenshot && <FeatureScreenshot projectId={projectId} featureId={feature.id} />}
          <Comments
            projectId={projectId}
            featureId={feature.id}
            mayWrite={can(role, 'writeComments')}
            mayDelete={can(role, 'deleteComments')}
            plan={plan}
          />
        </Stack>
        <Stack gap="lg" miw={0}>
          {can(role, 'changeStatus') && <ChangeStatus key={statusKey(feature)} projectId={projectId} feature={feature} />}
          {can(role, 'viewNotes') && (
            <DeveloperNote projectId={projectId} feature={feature} mayWrite={can(role, 'writeNotes')} plan={plan} />
          )}
          {can(role, 'viewInbox') && <FeatureConversations projectId={projectId} featureId={feature.id} />}
          <FeatureFacts feature={feature} projectId={projectId} seesRequesters={can(role, 'viewRequesters')} />
          {can(role, 'viewRequesters') && <Voters projectId={projectId} feature={feature} />}
        </Stack>
      </div>
    </>
  );
}

function DetailSkeleton() {
  return (
    <div aria-busy="true">
      <Skeleton height={26} width="60%" mb="sm" />
      <Skeleton height={16} width="40%" mb="xl" />
      <div className={classes.columns}>
        <Stack gap="lg">
          <Skeleton height={150} />
          <Skeleton height={260} />
        </Stack>
        <Stack gap="lg">
          <Skeleton height={180} />
          <Skeleton height={320} />
        </Stack>
      </div>
    </div>
  );
}
