import { Group, Paper, Stack, Text, Title } from '@mantine/core';
import type { backlogSchemas } from '@reqbase/core/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { TextLink } from '../../ui/links.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { requesterName } from '../requesters/requester-name.ts';

type VotersProps = { readonly projectId: string; readonly feature: backlogSchemas.Feature };

export function Voters({ projectId, feature }: VotersProps) {
  // Only what is public can be voted for.
  if (feature.visibility === 'private') return null;
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="voters">
      <Title order={2} id="voters" mb="sm">
        Voters
      </Title>
      <VoterList projectId={projectId} id={feature.id} />
    </Paper>
  );
}

function VoterList(input: { readonly projectId: string; readonly id: string }) {
  const trpc = useTRPC();
  const voters = useInfiniteQuery(
    trpc.backlog.listVoters.infiniteQueryOptions({ ...input, limit: 10 }, { getNextPageParam: ({ nextCursor }) => nextCursor }),
  );
  if (voters.isPending) return <TableSkeleton rows={3} height={32} />;
  if (voters.isError) return <ErrorPanel error={voters.error} onRetry={voters.refetch} />;
  const rows = voters.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Nobody has voted yet.
      </Text>
    );
  }
  return (
    <>
      <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: 'none' }}>
        {rows.map(({ requesterId, name, email, externalId, votedAt }) => (
          <Group key={requesterId} component="li" justify="space-between" wrap="nowrap" gap="xs">
            <div style={{ minWidth: 0 }}>
              <TextLink
                to="/projects/$slug/requesters/$requesterId"
                params={{ slug: input.projectId, requesterId }}
                size="sm"
                c="var(--mantine-color-text)"
                truncate
                display="block"
              >
                {requesterName({ name, email, externalId })}
              </TextLink>
              {name !== null && email !== null && (
                <Text size="xs" c="dimmed" truncate>
                  {email}
                </Text>
              )}
            </div>
            <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
              <TimeAgo at={votedAt} />
            </Text>
          </Group>
        ))}
      </Stack>
      <LoadMore query={voters} label="More voters" />
    </>
  );
}
