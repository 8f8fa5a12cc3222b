import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Navigate } from '@tanstack/react-router';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PageSkeleton } from '../../ui/page-skeleton.tsx';
import { NotFoundScreen } from '../shell/not-found-screen.tsx';

const route = getRouteApi('/app/scan-runs/$scanRunId');

/** The result URL of a scan names no organization (contract Reqflo, Output): it leads on to the scan's page in its own. */
export function ResultLink() {
  const trpc = useTRPC();
  const { scanRunId } = route.useParams();
  const found = useQuery(trpc.scans.locate.queryOptions({ id: scanRunId }, { staleTime: 'static' }));
  if (found.isPending) return <PageSkeleton />;
  if (found.data !== undefined)
    return (
      <Navigate
        to="/organizations/$slug/scan-runs/$scanRunId"
        params={{ slug: found.data.organizationSlug, scanRunId }}
        replace
      />
    );
  const isMissing = ['SCAN_RUN_NOT_FOUND', 'BAD_REQUEST'].includes(readFailure(found.error).code ?? '');
  return isMissing ? <NotFoundScreen title="Scan not found" /> : <ErrorPanel error={found.error} onRetry={found.refetch} />;
}
