import { Button, Skeleton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { can } from '@reqbase/core/contract';
import { IconArrowLeft, IconPencil } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Outlet } from '@tanstack/react-router';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { BlockLink, TextLink } from '../../ui/links.tsx';
import { PageHeader } from '../../ui/page-header.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { useOrganization } from '../organizations/use-organization.ts';
import { NotFoundScreen } from '../shell/not-found-screen.tsx';
import classes from './catalogue.module.css';
import { EditServiceDialog } from './edit-service-dialog.tsx';
import { NoCatalogue } from './no-catalogue.tsx';

const route = getRouteApi('/app/organizations/$slug/services/$serviceId');

/** The frame around what there is of a service. */
export function ServiceLayout() {
  const trpc = useTRPC();
  const { slug, name, role } = useOrganization();
  const { serviceId } = route.useParams();
  const mayRead = can(role, 'viewCatalog');
  const service = useQuery(trpc.services.get.queryOptions({ organizationId: slug, id: serviceId }, { enabled: mayRead }));
  const [isEditing, dialog] = useDisclosure();
  if (!mayRead) return <NoCatalogue />;
  if (service.isPending) return <Skeleton height={320} aria-busy="true" />;
  if (service.data === undefined) {
    const isMissing = ['SERVICE_NOT_FOUND', 'BAD_REQUEST'].includes(readFailure(service.error).code ?? '');
    return isMissing ? (
      <NotFoundScreen title="Service not found" />
    ) : (
      <ErrorPanel error={service.error} onRetry={service.refetch} />
    );
  }
  return (
    <>
      <TextLink
        to="/organizations/$slug/services"
        params={{ slug }}
        size="sm"
        display="inline-flex"
        style={{ alignItems: 'center', gap: 6 }}
        mb="sm"
      >
        <IconArrowLeft size={16} /> Services
      </TextLink>
      <PageHeader
        title={service.data.name}
        tabTitle={`${service.data.name} · ${name}`}
        description={
          <>
            Scanned <TimeAgo at={service.data.latestScanAt} never="never" />
          </>
        }
        actions={
          can(role, 'ingestScans') ? (
            <Button variant="default" leftSection={<IconPencil size={16} />} onClick={dialog.open}>
              Edit
            </Button>
          ) : undefined
        }
      />
      <Sections slug={slug} serviceId={serviceId} />
      <Outlet />
      {isEditing && <EditServiceDialog organizationId={slug} service={service.data} onClose={dialog.close} />}
    </>
  );
}

const SECTIONS = [
  { to: '/organizations/$slug/services/$serviceId', label: 'Overview' },
  { to: '/organizations/$slug/services/$serviceId/endpoints', label: 'Endpoints' },
  { to: '/organizations/$slug/services/$serviceId/findings', label: 'Findings' },
  { to: '/organizations/$slug/services/$serviceId/scan-runs', label: 'Scans' },
] as const;

function Sections({ slug, serviceId }: { readonly slug: string; readonly serviceId: string }) {
  return (
    <nav aria-label="Service">
      <ul className={classes.sections}>
        {SECTIONS.map(({ to, label }) => (
          <li key={to}>
            <BlockLink
              to={to}
              params={{ slug, serviceId }}
              className={classes.section ?? ''}
              activeOptions={{ exact: true, includeSearch: false }}
            >
              {label}
            </BlockLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}
