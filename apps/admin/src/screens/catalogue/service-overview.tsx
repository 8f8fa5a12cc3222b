import '@mantine/charts/styles.css';
import { DataList, Paper, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { catalogueSchemas } from '@reqbase/core/contract';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { Fact } from '../../ui/fact.tsx';
import { TextLink } from '../../ui/links.tsx';
import { formatCount } from '../../ui/number-format.ts';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { useOrganization } from '../organizations/use-organization.ts';
import classes from './catalogue.module.css';
import { Lifecycle, SeverityCounts, StaleHint, sumOf, Tags } from './catalogue-words.tsx';
import { Places } from './places.tsx';
import { ScanCommand } from './scan-command.tsx';
import { Trend } from './trend.tsx';

const route = getRouteApi('/app/organizations/$slug/services/$serviceId/');
/** More bars than these cannot be told apart. */
const RUNS_IN_TREND = 30;

/** How a service is, and how it came to be so. */
export function ServiceOverview() {
  const trpc = useTRPC();
  const { slug } = useOrganization();
  const { serviceId: id } = route.useParams();
  const { data: service } = useSuspenseQuery(trpc.services.get.queryOptions({ organizationId: slug, id }));
  return (
    <div className={classes.columns}>
      <Stack gap="lg" miw={0}>
        <Health service={service} />
        <History id={id} />
      </Stack>
      <Stack gap="lg" miw={0}>
        <Details service={service} />
        <Places serviceId={id} kind="environment" />
        <Places serviceId={id} kind="workflow" />
        <Paper withBorder p="lg" component="section" aria-label="Scan it again">
          <Title order={2} mb="sm">
            Scan it again
          </Title>
          <ScanCommand service={service.name} />
        </Paper>
      </Stack>
    </div>
  );
}

type ServiceProps = { readonly service: catalogueSchemas.Service };

function Health({ service }: ServiceProps) {
  const { slug } = useOrganization();
  const params = { slug, serviceId: service.id };
  return (
    <SimpleGrid cols={{ base: 1, xs: 3 }} component="section" aria-label="Health">
      <Card
        label="Open findings"
        value={formatCount(sumOf(service.openFindings))}
        link={
          <TextLink to="/organizations/$slug/services/$serviceId/findings" params={params} inherit>
            Decide
          </TextLink>
        }
      >
        <SeverityCounts counts={service.openFindings} />
      </Card>
      <Card
        label="Endpoints"
        value={formatCount(service.endpointCount)}
        link={
          <TextLink to="/organizations/$slug/services/$serviceId/endpoints" params={params} inherit>
            Search
          </TextLink>
        }
      >
        Of the last scan
      </Card>
      <Card
        label="Last scan"
        value={<TimeAgo at={service.latestScanAt} />}
        link={
          service.latestScanId !== null && (
            <TextLink to="/organizations/$slug/scan-runs/$scanRunId" params={{ slug, scanRunId: service.latestScanId }} inherit>
              Open
            </TextLink>
          )
        }
      >
        <StaleHint at={service.latestScanAt} />
      </Card>
    </SimpleGrid>
  );
}

type CardProps = {
  readonly label: string;
  readonly value: ReactNode;
  readonly link: ReactNode;
  readonly children: ReactNode;
};

function Card({ label, value, link, children }: CardProps) {
  return (
    <Paper withBorder p="md">
      <Text size="sm" c="dimmed" style={{ display: 'flex', justifyContent: 'space-between' }}>
        {label} <span>{link}</span>
      </Text>
      <div className={classes.figure}>{value}</div>
      <Text component="div" size="xs" c="dimmed">
        {children}
      </Text>
    </Paper>
  );
}

function Details({ service }: ServiceProps) {
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="details">
      <Title order={2} id="details" mb="sm">
        Details
      </Title>
      <DataList gap={8} labelWidth={84}>
        <Fact label="Owner">{service.ownerTeam ?? 'Nobody is named'}</Fact>
        <Fact label="Lifecycle">
          <Lifecycle lifecycle={service.lifecycle} />
        </Fact>
        <Fact label="Tags">{service.tags.length === 0 ? 'None' : <Tags tags={service.tags} />}</Fact>
        <Fact label="First scan">
          <TimeAgo at={service.createdAt} />
        </Fact>
      </DataList>
    </Paper>
  );
}

function History({ id }: { readonly id: string }) {
  const trpc = useTRPC();
  const { slug } = useOrganization();
  const runs = useQuery(trpc.services.scanRuns.queryOptions({ organizationId: slug, id, limit: RUNS_IN_TREND }));
  if (runs.isPending) return <Skeleton height={420} aria-busy="true" />;
  if (runs.data === undefined) return <ErrorPanel error={runs.error} onRetry={runs.refetch} />;
  return <Trend runs={runs.data.items.toReversed()} />;
}
