import '@mantine/charts/styles.css';
import { Stack } from '@mantine/core';
import { can, type usageSchemas } from '@reqbase/core/contract';
import { IconChartBarOff, IconLock } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { Blank } from '../../ui/blank.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { UpgradeNotice } from '../../ui/upgrade-notice.tsx';
import { useProject } from '../projects/use-project.ts';
import { HistoryChart } from './history-chart.tsx';
import { KeyUsageTable } from './key-usage-table.tsx';
import { TodayCards } from './today-cards.tsx';

export function UsageScreen() {
  const { slug, name, role, organization } = useProject();
  return (
    <>
      <PageHeader title="Usage" tabTitle={`Usage · ${name}`} description={`Calls of all keys of ${name}, by UTC day.`} />
      {can(role, 'viewUsage') ? (
        <Stack gap="lg">
          <Today projectId={slug} organizationName={organization.name} />
          <History projectId={slug} />
        </Stack>
      ) : (
        <Blank
          icon={<IconLock size={28} />}
          title="Your role does not include usage"
          description="Developers, admins and owners see it."
        />
      )}
    </>
  );
}

function Today({ projectId, organizationName }: { readonly projectId: string; readonly organizationName: string }) {
  const trpc = useTRPC();
  const today = useQuery(trpc.usage.today.queryOptions({ projectId }, { staleTime: 0, refetchInterval: 30_000 }));
  if (today.isPending) return <TableSkeleton rows={1} height={126} />;
  if (today.isError) return <ErrorPanel error={today.error} onRetry={today.refetch} />;
  return (
    <>
      {today.data.plan === 'free' && (
        <UpgradeNotice title="The REST API comes with Pro">
          {organizationName} is on the Free plan: its calls of the day are for agents and apps, by MCP.
        </UpgradeNotice>
      )}
      <TodayCards today={today.data} />
    </>
  );
}

function History({ projectId }: { readonly projectId: string }) {
  const trpc = useTRPC();
  const history = useQuery(trpc.usage.history.queryOptions({ projectId, days: 30 }, { staleTime: 0 }));
  if (history.isPending) return <TableSkeleton rows={1} height={340} />;
  if (history.isError) return <ErrorPanel error={history.error} onRetry={history.refetch} />;
  return <Calls history={history.data} />;
}

function Calls({ history }: { readonly history: usageSchemas.UsageHistory }) {
  if (history.keys.length === 0) {
    return (
      <Blank
        icon={<IconChartBarOff size={28} />}
        title="No calls in the last 30 days"
        description="They show here as soon as a key makes one."
      />
    );
  }
  return (
    <>
      <HistoryChart history={history} />
      <KeyUsageTable keys={history.keys} />
    </>
  );
}
