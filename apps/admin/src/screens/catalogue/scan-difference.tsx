import { Alert, Button, Group, Paper, Select, SimpleGrid, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { catalogueSchemas } from '@reqbase/core/contract';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TextLink } from '../../ui/links.tsx';
import { formatCount } from '../../ui/number-format.ts';
import { absoluteTime } from '../../ui/relative-time.ts';
import { useOrganization } from '../organizations/use-organization.ts';
import classes from './catalogue.module.css';
import { Operation, Severity, scanName } from './catalogue-words.tsx';
import { changedFields } from './changed-fields.ts';

type ScanRun = catalogueSchemas.ScanRun;
type Comparison = catalogueSchemas.ScanComparison;
type ScanDifferenceProps = {
  readonly run: ScanRun;
  readonly baseId: string | null;
  readonly onCompare: (baseId: string | undefined) => void;
};

/** What is otherwise than in the scan before, or in another one that was chosen. */
export function ScanDifference({ run, baseId, onCompare }: ScanDifferenceProps) {
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="difference">
      <Group justify="space-between" mb="md" gap="xs">
        <Title order={2} id="difference">
          What changed
        </Title>
        <BaseSelect run={run} baseId={baseId} onCompare={onCompare} />
      </Group>
      {baseId === null ? (
        <Text size="sm" c="dimmed">
          This is the first scan of the service: there is nothing to compare it with.
        </Text>
      ) : (
        <Difference run={run} baseId={baseId} onCompare={onCompare} />
      )}
    </Paper>
  );
}

/** As many as a page of a list has at most. */
const OFFERED = 100;

function BaseSelect({ run, baseId, onCompare }: ScanDifferenceProps) {
  const trpc = useTRPC();
  const { slug: organizationId } = useOrganization();
  const runs = useQuery(trpc.services.scanRuns.queryOptions({ organizationId, id: run.serviceId, limit: OFFERED }));
  const isListed = runs.data?.items.some(({ id }) => id === baseId) === true;
  const base = useQuery(
    trpc.scans.get.queryOptions(
      { organizationId, id: baseId ?? '' },
      { enabled: baseId !== null && runs.data !== undefined && !isListed },
    ),
  );
  const offered = [...(runs.data?.items ?? []), ...(isListed || base.data === undefined ? [] : [base.data])];
  const data = offered
    .filter(({ id }) => id !== run.id)
    .map(({ id, number, createdAt }) => ({ value: id, label: `${scanName(number)} · ${absoluteTime(new Date(createdAt))}` }));
  if (data.length === 0) return null;
  return (
    <Select
      aria-label="Compare with"
      placeholder="Compare with"
      size="xs"
      w={{ base: '100%', xs: 260 }}
      data={data}
      value={baseId}
      onChange={(id) => onCompare(id === null || id === run.previousScanId ? undefined : id)}
      allowDeselect={false}
      searchable
      nothingFoundMessage="No such scan"
    />
  );
}

function Difference({ run, baseId, onCompare }: ScanDifferenceProps & { readonly baseId: string }) {
  const trpc = useTRPC();
  const { slug: organizationId } = useOrganization();
  const comparison = useQuery(
    trpc.scans.compare.queryOptions({ organizationId, id: run.id, otherId: baseId }, { staleTime: 'static' }),
  );
  if (comparison.isPending) return <Skeleton height={160} aria-busy="true" />;
  if (comparison.data !== undefined) return <Compared comparison={comparison.data} />;
  if (readFailure(comparison.error).code !== 'SCAN_RUN_NOT_FOUND')
    return <ErrorPanel error={comparison.error} onRetry={comparison.refetch} />;
  return (
    <Stack align="flex-start" gap="xs">
      <Text size="sm">The scan to compare with is none of this service.</Text>
      <Button size="xs" variant="default" onClick={() => onCompare(undefined)}>
        Compare with the scan before
      </Button>
    </Stack>
  );
}

function Compared({ comparison }: { readonly comparison: Comparison }) {
  const { slug } = useOrganization();
  const { scan, base, added, removed, changed, operationIds, endpointDrop, findings } = comparison;
  const hasEndpoints = added.length + removed.length + changed.length > 0;
  const hasFindings = findings.added.length + findings.gone.length > 0;
  return (
    <>
      <Text size="sm" mb="sm">
        {hasEndpoints || hasFindings ? '' : 'Nothing has changed, neither endpoints nor findings. '}
        Compared with{' '}
        <TextLink to="/organizations/$slug/scan-runs/$scanRunId" params={{ slug, scanRunId: base.id }} inherit underline="always">
          {scanName(base.number).toLowerCase()}
        </TextLink>
        {base.number > scan.number && ', which came later'}
        {base.specHash === scan.specHash ? '. The description has the same hash.' : '.'}
      </Text>
      {endpointDrop && (
        <Alert color="orange" icon={<IconAlertTriangle size={18} />} title="More than 30 % of the endpoints are gone" mb="md">
          Perhaps another file was scanned under this name.
        </Alert>
      )}
      <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="xs" component="section" aria-label="Endpoints that changed">
        <Figure label="Added" sign="+" count={added.length} />
        <Figure label="Removed" sign="−" count={removed.length} />
        <Figure label="Changed" sign="~" count={changed.length} />
        <Figure label="Operation ids" sign="≠" count={operationIds.length} />
      </SimpleGrid>
      <Changes title="Removed endpoints" sign="−" items={removed} keyOf={operationKey}>
        {(endpoint) => <Operation {...endpoint} />}
      </Changes>
      <Changes title="Other operation ids: generated clients break" sign="≠" items={operationIds} keyOf={operationKey}>
        {({ before, after, ...operation }) => (
          <>
            <Operation {...operation} />
            <FromTo from={before ?? 'none'} to={after ?? 'none'} />
          </>
        )}
      </Changes>
      <Changes title="Added endpoints" sign="+" items={added} keyOf={operationKey}>
        {(endpoint) => <Operation {...endpoint} />}
      </Changes>
      <Changes title="Changed endpoints" sign="~" items={changed} keyOf={({ after }) => operationKey(after)}>
        {(change) => (
          <>
            <Operation {...change.after} />
            {changedFields(change).map(({ field, from, to }) => (
              <FromTo key={field} label={field} from={from} to={to} />
            ))}
          </>
        )}
      </Changes>
      <Changes title="New findings" sign="+" items={findings.added} keyOf={({ id }) => id}>
        {(finding) => <Found finding={finding} />}
      </Changes>
      <Changes title="Findings that are gone" sign="−" items={findings.gone} keyOf={({ id }) => id}>
        {(finding) => <Found finding={finding} />}
      </Changes>
    </>
  );
}

type FigureProps = { readonly label: string; readonly sign: string; readonly count: number };

function Figure({ label, sign, count }: FigureProps) {
  return (
    <Paper withBorder px="sm" py="xs">
      <div className={classes.figure}>
        {count > 0 && <span aria-hidden="true">{sign}</span>}
        {formatCount(count)}
      </div>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
    </Paper>
  );
}

const SHOWN = 8;
const operationKey = ({ method, path }: { readonly method: string; readonly path: string }) => `${method} ${path}`;

type ChangesProps<Item> = {
  readonly title: string;
  readonly sign: string;
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string;
  readonly children: (item: Item) => ReactNode;
};

/** What changed in one way: a few at once, and all of them if asked for. */
function Changes<Item>({ title, sign, items, keyOf, children }: ChangesProps<Item>) {
  const [isOpen, setIsOpen] = useState(false);
  if (items.length === 0) return null;
  return (
    <section aria-label={title}>
      <Title order={3} mt="lg" mb={4}>
        {title} ({formatCount(items.length)})
      </Title>
      <ul className={classes.changes}>
        {items.slice(0, isOpen ? items.length : SHOWN).map((item) => (
          <li key={keyOf(item)} className={classes.change}>
            <span className={classes.sign} aria-hidden="true">
              {sign}
            </span>
            <div>{children(item)}</div>
          </li>
        ))}
      </ul>
      {items.length > SHOWN && (
        <Button size="compact-xs" variant="subtle" onClick={() => setIsOpen(!isOpen)}>
          {isOpen ? 'Show fewer' : `Show all ${formatCount(items.length)}`}
        </Button>
      )}
    </section>
  );
}

type FromToProps = { readonly label?: string; readonly from: string; readonly to: string };

function FromTo({ label, from, to }: FromToProps) {
  return (
    <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
      {label !== undefined && `${label}: `}
      <del>{from}</del> → <ins style={{ textDecoration: 'none', color: 'var(--mantine-color-text)' }}>{to}</ins>
    </Text>
  );
}

function Found({ finding }: { readonly finding: catalogueSchemas.Finding }) {
  return (
    <>
      {finding.message}
      <Text component="div" size="xs" c="dimmed">
        <Severity severity={finding.severity} /> · {finding.code} <Operation method={finding.method} path={finding.path} />
      </Text>
    </>
  );
}
