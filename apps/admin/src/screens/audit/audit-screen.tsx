import { Button } from '@mantine/core';
import { can, planIncludes, SCOPES } from '@reqbase/core/contract';
import { IconDownload, IconHistory, IconLock, IconSearchOff } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { Blank } from '../../ui/blank.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { UpgradeNotice } from '../../ui/upgrade-notice.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { useOrganization } from '../organizations/use-organization.ts';
import { AuditFilterBar } from './audit-filter-bar.tsx';
import { type AuditFilters, isNarrowed, queryOf, readAuditFilters } from './audit-filters.ts';
import { AuditCards, AuditTable } from './audit-table.tsx';
import { EntryDrawer } from './entry-drawer.tsx';

const route = getRouteApi('/app/organizations/$slug/audit-log');
const PLAN = SCOPES['audit:read'].dashboardPlan;

export function AuditScreen() {
  const { id, slug, name, role, plan } = useOrganization();
  const filters = route.useSearch();
  const navigate = route.useNavigate();
  const set = (change: AuditFilters) =>
    void navigate({ search: readAuditFilters({ ...filters, ...change }), replace: true, resetScroll: false });
  const clear = () => void navigate({ search: {}, replace: true, resetScroll: false });
  const [mayRead, hasPlan] = [can(role, 'viewAudit'), planIncludes(plan, PLAN)];
  return (
    <>
      <PageHeader
        title="Audit log"
        tabTitle={`Audit log · ${name}`}
        description="Who did what, from where, and what was refused. Each entry is sealed by the one after it."
        actions={mayRead && hasPlan ? <ExportButton slug={slug} /> : undefined}
      />
      {!mayRead && (
        <Blank
          icon={<IconLock size={28} />}
          title="Your role does not include the audit log"
          description="It is for the owners and admins of an organization."
        />
      )}
      {mayRead && !hasPlan && (
        <UpgradeNotice title="The audit log comes with Scale">
          {name} is on the {PLAN_WORDS[plan]} plan. Everything is recorded all the same: after an upgrade the log is here from the
          first day on.
        </UpgradeNotice>
      )}
      {mayRead && hasPlan && (
        <>
          <AuditFilterBar organizationId={id} filters={filters} onChange={set} onClear={clear} />
          <section aria-label="Entries">
            <Entries organizationId={slug} filters={filters} onChange={set} onClear={clear} />
          </section>
        </>
      )}
    </>
  );
}

const PLAN_WORDS = { free: 'Free', pro: 'Pro', scale: 'Scale', enterprise: 'Enterprise' } as const;

function ExportButton({ slug }: { readonly slug: string }) {
  return (
    <Button
      component="a"
      href={`/api/exports/organizations/${slug}/audit-log`}
      download
      variant="default"
      leftSection={<IconDownload size={16} />}
    >
      Export all
    </Button>
  );
}

type EntriesProps = {
  readonly organizationId: string;
  readonly filters: AuditFilters;
  readonly onChange: (filters: AuditFilters) => void;
  readonly onClear: () => void;
};

function Entries({ organizationId, filters, onChange, onClear }: EntriesProps) {
  const trpc = useTRPC();
  const isNarrow = useIsNarrow();
  const [openedId, open] = useState<string | null>(null);
  const entries = useInfiniteQuery(
    trpc.audit.list.infiniteQueryOptions(
      { organizationId, ...queryOf(filters) },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  if (entries.isPending) return <TableSkeleton rows={8} height={48} />;
  if (entries.isError) return <ErrorPanel error={entries.error} onRetry={entries.refetch} />;
  const rows = entries.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0) return <NoEntries isNarrowed={isNarrowed(filters)} onClear={onClear} />;
  const List = isNarrow ? AuditCards : AuditTable;
  return (
    <>
      <List rows={rows} onOpen={({ id }) => open(id)} />
      <LoadMore query={entries} />
      <EntryDrawer
        entry={rows.find(({ id }) => id === openedId) ?? null}
        onClose={() => open(null)}
        onFilter={(change) => {
          open(null);
          onChange(change);
        }}
      />
    </>
  );
}

function NoEntries({ isNarrowed: hasFilters, onClear }: { readonly isNarrowed: boolean; readonly onClear: () => void }) {
  if (!hasFilters)
    return (
      <Blank
        icon={<IconHistory size={28} />}
        title="Nothing has happened yet"
        description="What people and keys do in the organization, and what they are refused, appears here."
      />
    );
  return (
    <Blank icon={<IconSearchOff size={28} />} title="Nothing matches" description="No entry passes all of these filters.">
      <Button variant="default" onClick={onClear}>
        Clear filters
      </Button>
    </Blank>
  );
}
