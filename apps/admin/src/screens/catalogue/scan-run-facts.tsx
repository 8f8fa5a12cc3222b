import { Anchor, DataList, Paper, Title } from '@mantine/core';
import type { catalogueSchemas } from '@reqbase/core/contract';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { CopyText } from '../../ui/copy-text.tsx';
import { Fact } from '../../ui/fact.tsx';
import { TextLink } from '../../ui/links.tsx';
import { formatCount } from '../../ui/number-format.ts';
import { absoluteTime } from '../../ui/relative-time.ts';
import { useOrganization } from '../organizations/use-organization.ts';
import { SeverityCounts } from './catalogue-words.tsx';
import { webAddress } from './web-address.ts';

type ScanRun = catalogueSchemas.ScanRun;
const SHORT_HASH = 12;

/** What was scanned, where it came from, and by whom it was sent. */
export function ScanRunFacts({ run }: { readonly run: ScanRun }) {
  const { slug } = useOrganization();
  const { source, createdBy } = run;
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="facts">
      <Title order={2} id="facts" mb="sm">
        What was scanned
      </Title>
      <DataList gap={8} labelWidth={104}>
        <Fact label="Service">
          <TextLink to="/organizations/$slug/services/$serviceId" params={{ slug, serviceId: run.serviceId }} inherit>
            {run.serviceName}
          </TextLink>
        </Fact>
        <Fact label="Title">{run.title ?? 'None'}</Fact>
        <Fact label="Format">
          {run.specFormat === 'openapi' ? 'OpenAPI' : run.specFormat} {run.specVersion}
        </Fact>
        <Fact label="Hash">
          <CopyText label="Hash" value={run.specHash} shown={`${run.specHash.slice(0, SHORT_HASH)}…`} />
        </Fact>
        <Fact label="Endpoints">{formatCount(run.endpointCount)}</Fact>
        <Fact label="Findings">{run.findingCount === 0 ? 'None' : <SeverityCounts counts={run.findingsBySeverity} />}</Fact>
        {source?.branch !== undefined && <Fact label="Branch">{source.branch}</Fact>}
        {source?.gitSha !== undefined && (
          <Fact label="Commit">
            <CopyText label="Commit" value={source.gitSha} shown={source.gitSha.slice(0, SHORT_HASH)} />
          </Fact>
        )}
        {source?.ciUrl !== undefined && (
          <Fact label="Build">
            <Build address={source.ciUrl} />
          </Fact>
        )}
        <PlaceFacts run={run} />
        <Fact label={createdBy.keyId === null ? 'By' : 'Key'}>{createdBy.name}</Fact>
        <Fact label="When">{absoluteTime(new Date(run.createdAt))}</Fact>
      </DataList>
    </Paper>
  );
}

/** A link only where it leads to a page: whoever may scan can write anything there. */
function Build({ address }: { readonly address: string }) {
  const url = webAddress(address);
  if (url === null) return <>{address}</>;
  return (
    <Anchor href={url.href} target="_blank" rel="noopener noreferrer" inherit>
      {url.host}
      {url.pathname}
    </Anchor>
  );
}

function PlaceFacts({ run: { serviceId: id, environmentId, workflowId } }: { readonly run: ScanRun }) {
  const trpc = useTRPC();
  const { slug: organizationId } = useOrganization();
  const environments = useQuery(
    trpc.services.environments.queryOptions({ organizationId, id }, { enabled: environmentId !== null }),
  );
  const workflows = useQuery(trpc.services.workflows.queryOptions({ organizationId, id }, { enabled: workflowId !== null }));
  const nameOf = (places: catalogueSchemas.Place[] | undefined, placeId: string) =>
    places?.find((place) => place.id === placeId)?.name ?? '…';
  return (
    <>
      {environmentId !== null && <Fact label="Environment">{nameOf(environments.data?.items, environmentId)}</Fact>}
      {workflowId !== null && <Fact label="Workflow">{nameOf(workflows.data?.items, workflowId)}</Fact>}
    </>
  );
}
