import { Button, Drawer, Group, Stack, Text } from '@mantine/core';
import type { apiKeySchemas } from '@reqbase/core/contract';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { DrawerFact, Mono } from '../../ui/drawer-fact.tsx';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { absoluteTime } from '../../ui/relative-time.ts';
import { StatusDot } from '../../ui/status-dot.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { type KeyHome, useKeyApi } from './key-api.ts';
import { stateOf } from './key-state.ts';
import { ScopeFacts } from './scope-facts.tsx';

type ApiKey = apiKeySchemas.ApiKey;
type Open = (id: string) => void;
type KeyDrawerProps = {
  readonly home: KeyHome;
  /** Of the key, as the list has it or as another key names it. */
  readonly id: string | null;
  readonly onOpen: Open;
  readonly onClose: () => void;
};

/** All that there is to know of a key but the key: whose it is, what it opens, and which keys it has to do with. */
export function KeyDrawer({ home, id, onOpen, onClose }: KeyDrawerProps) {
  return (
    <Drawer
      opened={id !== null}
      onClose={onClose}
      position="right"
      size="md"
      title="API key"
      closeButtonProps={{ 'aria-label': 'Close' }}
      // Its `<header>` would count as the page's own.
      attributes={{ header: { role: 'presentation' } }}
      styles={{ title: { fontWeight: 600 } }}
    >
      {id !== null && <Details key={id} home={home} id={id} onOpen={onOpen} />}
    </Drawer>
  );
}

type DetailsProps = { readonly home: KeyHome; readonly id: string; readonly onOpen: Open };

function Details({ home, id, onOpen }: DetailsProps) {
  const found = useQuery(useKeyApi(home).get(id));
  if (found.isPending) return <TableSkeleton rows={6} height={44} />;
  if (found.isError) return <ErrorPanel error={found.error} onRetry={found.refetch} />;
  const apiKey = found.data;
  const { tone, label } = stateOf(apiKey, new Date());
  return (
    <Stack gap="md">
      <div>
        <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
          {apiKey.name}
        </Text>
        <Mono>{apiKey.prefix}…</Mono>
      </div>
      <Text component="div" size="sm">
        <StatusDot tone={tone}>{label}</StatusDot>
      </Text>
      <Stack component="dl" gap="sm" m={0}>
        <DrawerFact label="Owner">
          {apiKey.ownerDisplayName}
          <Text size="xs" c="dimmed">
            {apiKey.ownerPrincipalType === 'user'
              ? 'A person: the key ends with their membership.'
              : 'A service account: the key outlives the people who made it.'}
          </Text>
        </DrawerFact>
        <DrawerFact label="Scopes">
          <ScopeFacts apiKey={apiKey} withNames={home.kind === 'organization'} />
        </DrawerFact>
        <DrawerFact label="Addresses">
          {apiKey.allowedIps.length === 0 ? 'Any' : apiKey.allowedIps.map((network) => <Line key={network} text={network} />)}
        </DrawerFact>
        <DrawerFact label="Made">
          {timeOf(apiKey.createdAt)}
          {apiKey.createdBy !== null && `, by ${apiKey.createdBy}`}
          {apiKey.source === 'device_flow' && ', asked for by a device'}
        </DrawerFact>
        <DrawerFact label="Last used">
          {apiKey.lastUsedAt === null ? 'Never' : timeOf(apiKey.lastUsedAt)}
          {apiKey.lastUsedIp !== null && (
            <>
              {' from '}
              <Mono>{apiKey.lastUsedIp}</Mono>
            </>
          )}
        </DrawerFact>
        <DrawerFact label="Expires">{apiKey.expiresAt === null ? 'Never' : timeOf(apiKey.expiresAt)}</DrawerFact>
        {apiKey.revokedAt !== null && (
          <DrawerFact label="Revoked">
            {timeOf(apiKey.revokedAt)}
            {REVOKED[apiKey.revokedReason ?? 'manual']}
          </DrawerFact>
        )}
        {apiKey.replaces !== null && (
          <DrawerFact label="Replaces">
            <KeyLink {...apiKey.replaces} onOpen={onOpen} />
          </DrawerFact>
        )}
        {apiKey.replacedBy !== null && (
          <DrawerFact label="Replaced by">
            <KeyLink {...apiKey.replacedBy} onOpen={onOpen} />
          </DrawerFact>
        )}
        {apiKey.parentKeyId !== null && (
          <DrawerFact label="Made with the key">
            <Parent home={home} id={apiKey.parentKeyId} onOpen={onOpen} />
          </DrawerFact>
        )}
        <DrawerFact label="Keys made with it">
          <Children home={home} id={apiKey.id} onOpen={onOpen} />
        </DrawerFact>
        <DrawerFact label="Id">
          <Mono>{apiKey.id}</Mono>
        </DrawerFact>
      </Stack>
    </Stack>
  );
}

const REVOKED = {
  manual: '',
  leaked: ': somebody showed that it has leaked',
  with_parent: ': with the key that it was made with',
} as const satisfies Record<NonNullable<ApiKey['revokedReason']>, string>;

function timeOf(at: string): string {
  return absoluteTime(new Date(at));
}

function Line({ text }: { readonly text: string }) {
  return (
    <div>
      <Mono>{text}</Mono>
    </div>
  );
}

/** It may be a key of the organization, which who sees those of a project need not see. */
function Parent({ home, id, onOpen }: DetailsProps) {
  const parent = useQuery(useKeyApi(home).get(id));
  if (parent.isPending || parent.isError) return <Mono>{id}</Mono>;
  return (
    <>
      <KeyButton apiKey={parent.data} onOpen={onOpen} />
      <Text size="xs" c="dimmed">
        It can do no more than that one, and ends with it.
      </Text>
    </>
  );
}

function Children({ home, id, onOpen }: DetailsProps) {
  const children = useInfiniteQuery(useKeyApi(home).madeWith(id));
  if (children.isPending) return 'Loading…';
  if (children.isError) return 'They cannot be loaded.';
  const rows = children.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0) return 'None';
  return (
    <>
      {rows.map((apiKey) => (
        <KeyButton key={apiKey.id} apiKey={apiKey} onOpen={onOpen} />
      ))}
      <LoadMore query={children} />
    </>
  );
}

function KeyButton({ apiKey, onOpen }: { readonly apiKey: ApiKey; readonly onOpen: Open }) {
  const { tone, label } = stateOf(apiKey, new Date());
  return (
    <Group gap="xs" justify="space-between" wrap="nowrap">
      <LinkButton onClick={() => onOpen(apiKey.id)}>{apiKey.name}</LinkButton>
      <StatusDot tone={tone}>{label}</StatusDot>
    </Group>
  );
}

function KeyLink({ id, prefix, onOpen }: { readonly id: string; readonly prefix: string; readonly onOpen: Open }) {
  return (
    <LinkButton onClick={() => onOpen(id)}>
      <Mono>{prefix}…</Mono>
    </LinkButton>
  );
}

function LinkButton({ onClick, children }: { readonly onClick: () => void; readonly children: ReactNode }) {
  return (
    <Button variant="subtle" size="compact-sm" px={0} fw={500} onClick={onClick}>
      {children}
    </Button>
  );
}
