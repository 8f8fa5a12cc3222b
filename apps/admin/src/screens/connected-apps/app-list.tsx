import { Badge, Button, Card, Group, Stack, Text } from '@mantine/core';
import type { connectedAppSchemas } from '@reqbase/core/contract';
import { IconPlugConnected } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { Blank } from '../../ui/blank.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { nameOf } from './app-name.ts';
import { DisconnectDialog } from './disconnect-dialog.tsx';

type App = connectedAppSchemas.ConnectedApp;

/** The apps of a project, or with `isOwn` those in the name of who looks at them. */
export function AppList({ slug, isOwn }: { readonly slug: string; readonly isOwn: boolean }) {
  const { list, listOwn } = useTRPC().connectedApps;
  const apps = useInfiniteQuery(
    (isOwn ? listOwn : list).infiniteQueryOptions(
      { projectId: slug },
      { getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined },
    ),
  );
  const [leaving, setLeaving] = useState<App | null>(null);
  if (apps.isPending) return <TableSkeleton rows={3} height={96} />;
  if (apps.isError) return <ErrorPanel error={apps.error} onRetry={apps.refetch} />;
  const rows = apps.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0)
    return (
      <Blank
        icon={<IconPlugConnected size={28} />}
        title={isOwn ? 'No apps act in your name' : 'No apps are connected'}
        description={
          isOwn
            ? 'Apps are the project’s owner’s to let in.'
            : 'An app asks to be: give it the address of this project’s MCP server, and decide here what it may do.'
        }
      />
    );
  return (
    <Stack component="section" aria-label="Apps" gap="sm">
      {rows.map((app) => (
        <AppCard key={app.id} app={app} onDisconnect={() => setLeaving(app)} />
      ))}
      <LoadMore query={apps} />
      <DisconnectDialog slug={slug} isOwn={isOwn} app={leaving} onClose={() => setLeaving(null)} />
    </Stack>
  );
}

function AppCard({ app, onDisconnect }: { readonly app: App; readonly onDisconnect: () => void }) {
  const { host, scopes, person, connectedAt, lastUsedAt } = app;
  return (
    <Card component="article" aria-label={nameOf(app)} withBorder padding="md">
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="md">
        <Stack gap={6} miw={0}>
          <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
            {nameOf(app)}{' '}
            {host !== null && (
              <Text span className="mono" size="sm" c="dimmed">
                {host}
              </Text>
            )}
          </Text>
          <Text size="sm" c="dimmed">
            In the name of {person.name} · connected <TimeAgo at={connectedAt} /> ·{' '}
            {lastUsedAt === null ? (
              'not used yet'
            ) : (
              <>
                last call <TimeAgo at={lastUsedAt} />
              </>
            )}
          </Text>
          <Group gap={6}>
            {scopes.map((scope) => (
              <Badge key={scope} variant="light" color="gray" tt="none" className="mono">
                {scope}
              </Badge>
            ))}
          </Group>
        </Stack>
        <Button variant="default" size="compact-sm" flex="none" onClick={onDisconnect}>
          Disconnect
        </Button>
      </Group>
    </Card>
  );
}
