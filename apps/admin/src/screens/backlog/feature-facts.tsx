import { Anchor, Badge, Code, DataList, Group, Paper, Rating, Title } from '@mantine/core';
import type { backlogSchemas } from '@reqbase/core/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTRPC } from '../../trpc.ts';
import { TextLink } from '../../ui/links.tsx';
import { formatCents, formatCount } from '../../ui/number-format.ts';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { requesterName } from '../requesters/requester-name.ts';

type Feature = backlogSchemas.Feature;

const SOURCES: Readonly<Record<Feature['source'], string>> = {
  widget: 'Widget',
  api: 'API',
  mcp: 'Agent (MCP)',
  dashboard: 'Admin',
  email: 'E-mail',
};

type FeatureFactsProps = { readonly projectId: string; readonly feature: Feature; readonly seesRequesters: boolean };

export function FeatureFacts({ projectId, feature, seesRequesters }: FeatureFactsProps) {
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="facts">
      <Title order={2} id="facts" mb="sm">
        Details
      </Title>
      <DataList gap={8} labelWidth={110}>
        {feature.requesterId !== null && seesRequesters && (
          <Fact label="Asked by">
            <AskedBy projectId={projectId} id={feature.requesterId} />
          </Fact>
        )}
        <Fact label="Votes">{formatCount(feature.voteCount)}</Fact>
        <Fact label="Revenue">{formatCents(feature.revenueWeight)} a month</Fact>
        {feature.rating !== null && (
          <Fact label="Rating">
            <Rating value={feature.rating} readOnly size="sm" aria-label={`${feature.rating} of 5`} />
          </Fact>
        )}
        {feature.subtype !== null && <Fact label="Kind">{feature.subtype}</Fact>}
        <Fact label="Visible to">{feature.visibility === 'public' ? 'Everyone' : 'The team'}</Fact>
        <Fact label="Came by">{SOURCES[feature.source]}</Fact>
        {feature.pageUrl !== null && (
          <Fact label="Page">
            <PageLink url={feature.pageUrl} />
          </Fact>
        )}
        <Fact label="Tags">
          {feature.tags.length === 0 ? (
            'None'
          ) : (
            <Group gap={4}>
              {feature.tags.map((tag) => (
                <Badge key={tag} variant="default" size="sm" tt="none" fw={500}>
                  {tag}
                </Badge>
              ))}
            </Group>
          )}
        </Fact>
        {feature.duplicateOfId !== null && (
          <Fact label="Duplicate of">
            <Original projectId={projectId} id={feature.duplicateOfId} />
          </Fact>
        )}
        <Fact label="Status since">
          <TimeAgo at={feature.statusChangedAt} />
        </Fact>
        <Fact label="Changed">
          <TimeAgo at={feature.updatedAt} />
        </Fact>
        <Fact label="Version">{feature.version}</Fact>
      </DataList>
      {feature.diagnostics !== null && (
        <>
          <Title order={3} mt="md" mb={4}>
            Diagnostics
          </Title>
          <Code block tabIndex={0}>
            {JSON.stringify(feature.diagnostics, null, 2)}
          </Code>
        </>
      )}
    </Paper>
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

/** A link only if it is one: the address came from a page of somebody else's. */
function PageLink({ url }: { readonly url: string }) {
  if (!/^https?:\/\//i.test(url)) return <>{url}</>;
  return (
    <Anchor href={url} target="_blank" rel="noopener noreferrer" size="sm">
      {url}
    </Anchor>
  );
}

function AskedBy({ projectId, id }: { readonly projectId: string; readonly id: string }) {
  const trpc = useTRPC();
  const requester = useQuery(trpc.requesters.get.queryOptions({ projectId, id }));
  return (
    <TextLink to="/projects/$slug/requesters/$requesterId" params={{ slug: projectId, requesterId: id }} size="sm">
      {requester.data === undefined ? 'A requester' : requesterName(requester.data)}
    </TextLink>
  );
}

function Original({ projectId, id }: { readonly projectId: string; readonly id: string }) {
  const trpc = useTRPC();
  const original = useQuery(trpc.backlog.get.queryOptions({ projectId, id }));
  return (
    <TextLink to="/projects/$slug/backlog/$featureId" params={{ slug: projectId, featureId: id }} size="sm">
      {original.data === undefined ? 'The original' : `#${original.data.number} ${original.data.title}`}
    </TextLink>
  );
}

export function ErrorReport({ report }: { readonly report: NonNullable<Feature['errorReport']> }) {
  return (
    <>
      <Title order={3} mt="lg" mb="xs">
        Error report
      </Title>
      <DataList gap={8} labelWidth={110}>
        <Fact label="Doing">{report.doing}</Fact>
        <Fact label="Expected">{report.expected}</Fact>
        <Fact label="Happened">{report.happened}</Fact>
      </DataList>
    </>
  );
}
