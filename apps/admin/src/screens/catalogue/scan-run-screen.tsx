import { Alert, Paper, SimpleGrid, Skeleton, Stack, Text, Title, UnstyledButton } from '@mantine/core';
import { can, type catalogueSchemas, type ingestSchemas } from '@reqbase/core/contract';
import { IconArrowLeft, IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { ButtonLink, TextLink } from '../../ui/links.tsx';
import { formatCount } from '../../ui/number-format.ts';
import { PageHeader } from '../../ui/page-header.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { useOrganization } from '../organizations/use-organization.ts';
import { NotFoundScreen } from '../shell/not-found-screen.tsx';
import classes from './catalogue.module.css';
import { type RunFilters, readRunFilters } from './catalogue-filters.ts';
import { SEVERITIES, Severity, scanName } from './catalogue-words.tsx';
import { FindingList } from './finding-list.tsx';
import { NoFindings } from './findings-screen.tsx';
import { NoCatalogue } from './no-catalogue.tsx';
import { RunEndpoints } from './run-endpoints.tsx';
import { ScanDifference } from './scan-difference.tsx';
import { ScanRunFacts } from './scan-run-facts.tsx';

type ScanRun = catalogueSchemas.ScanRun;
const route = getRouteApi('/app/organizations/$slug/scan-runs/$scanRunId');

/** What a scan was of, what it found, and what is otherwise than before. */
export function ScanRunScreen() {
  const trpc = useTRPC();
  const { slug, role } = useOrganization();
  const { scanRunId } = route.useParams();
  const mayRead = can(role, 'viewCatalog');
  const run = useQuery(trpc.scans.get.queryOptions({ organizationId: slug, id: scanRunId }, { enabled: mayRead }));
  if (!mayRead) return <NoCatalogue />;
  if (run.isPending) return <Skeleton height={420} aria-busy="true" />;
  if (run.data === undefined) {
    const isMissing = ['SCAN_RUN_NOT_FOUND', 'BAD_REQUEST'].includes(readFailure(run.error).code ?? '');
    return isMissing ? <NotFoundScreen title="Scan not found" /> : <ErrorPanel error={run.error} onRetry={run.refetch} />;
  }
  return <Run key={run.data.id} run={run.data} />;
}

function Run({ run }: { readonly run: ScanRun }) {
  const { slug, name } = useOrganization();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: RunFilters) =>
    void navigate({ search: readRunFilters({ ...filters, ...change }), replace: true, resetScroll: false });
  const params = { slug, serviceId: run.serviceId };
  const title = `${run.serviceName}, ${scanName(run.number).toLowerCase()}`;
  return (
    <>
      <TextLink
        to="/organizations/$slug/services/$serviceId/scan-runs"
        params={params}
        size="sm"
        display="inline-flex"
        style={{ alignItems: 'center', gap: 6 }}
        mb="sm"
      >
        <IconArrowLeft size={16} /> Scans of {run.serviceName}
      </TextLink>
      <PageHeader
        title={title}
        tabTitle={`${title} · ${name}`}
        description={
          <>
            <TimeAgo at={run.createdAt} />, by {run.createdBy.keyId === null ? '' : 'the key '}
            {run.createdBy.name}
          </>
        }
        actions={
          <ButtonLink variant="default" to="/organizations/$slug/services/$serviceId" params={params}>
            Open service
          </ButtonLink>
        }
      />
      {run.unchanged && (
        <Alert color="gray" icon={<IconCircleCheck size={18} />} title="Unchanged" mb="lg">
          The description and its endpoints are those of the scan before.
        </Alert>
      )}
      <div className={classes.columns}>
        <Stack gap="lg" miw={0}>
          <ScanDifference run={run} baseId={filters.base ?? run.previousScanId} onCompare={(base) => set({ base })} />
        </Stack>
        <ScanRunFacts run={run} />
      </div>
      <Stack gap="lg" mt="lg">
        <section aria-labelledby="findings">
          <Title order={2} id="findings" mb="sm">
            Findings ({formatCount(run.findingCount)})
          </Title>
          <Counts run={run} chosen={filters.severity ?? []} onChoose={(severity) => set({ severity })} />
          <RunFindings run={run} severity={filters.severity} onClear={() => set({ severity: undefined })} />
        </section>
        <RunEndpoints run={run} />
      </Stack>
    </>
  );
}

type Severities = ingestSchemas.FindingSeverity[];
type CountsProps = {
  readonly run: ScanRun;
  readonly chosen: Severities;
  readonly onChoose: (severities: Severities) => void;
};

/** How many there are of each severity; a press narrows the list to it. */
function Counts({ run, chosen, onChoose }: CountsProps) {
  return (
    <SimpleGrid cols={{ base: 3, xs: 5 }} spacing="xs" mb="sm" role="group" aria-label="By severity">
      {SEVERITIES.map((severity) => {
        const isChosen = chosen.includes(severity);
        return (
          <UnstyledButton
            key={severity}
            disabled={run.findingsBySeverity[severity] === 0}
            aria-pressed={isChosen}
            onClick={() => onChoose(isChosen ? chosen.filter((other) => other !== severity) : [...chosen, severity])}
            renderRoot={(props) => <Paper component="button" withBorder px="md" py="xs" {...props} />}
            className={classes.pressable ?? ''}
          >
            <span className={classes.figure}>{formatCount(run.findingsBySeverity[severity])}</span>
            <Text component="div" size="sm">
              <Severity severity={severity} />
            </Text>
          </UnstyledButton>
        );
      })}
    </SimpleGrid>
  );
}

type RunFindingsProps = {
  readonly run: ScanRun;
  readonly severity: Severities | undefined;
  readonly onClear: () => void;
};

/** With the states that they have by now. */
function RunFindings({ run, severity, onClear }: RunFindingsProps) {
  if (run.findingCount === 0)
    return (
      <Text size="sm" c="dimmed">
        This scan found nothing.
      </Text>
    );
  return (
    <FindingList query={{ scanRunId: run.id, ...(severity !== undefined && { severity }) }}>
      <NoFindings isNarrowed onClear={onClear} />
    </FindingList>
  );
}
