import { Button, Drawer, Group, Stack, Text } from '@mantine/core';
import type { auditSchemas } from '@reqbase/core/contract';
import { IconFilter } from '@tabler/icons-react';
import { DrawerFact, Mono } from '../../ui/drawer-fact.tsx';
import { absoluteTime } from '../../ui/relative-time.ts';
import classes from './audit.module.css';
import type { AuditFilters } from './audit-filters.ts';
import { Outcome } from './audit-table.tsx';
import { actionText, actorText } from './audit-words.ts';

type AuditEntry = auditSchemas.AuditEntry;
type EntryDrawerProps = {
  readonly entry: AuditEntry | null;
  readonly onClose: () => void;
  readonly onFilter: (change: AuditFilters) => void;
};

export function EntryDrawer({ entry, onClose, onFilter }: EntryDrawerProps) {
  return (
    <Drawer
      opened={entry !== null}
      onClose={onClose}
      position="right"
      size="md"
      title={entry === null ? '' : actionText(entry)}
      closeButtonProps={{ 'aria-label': 'Close' }}
      // Its `<header>` would count as the page's own.
      attributes={{ header: { role: 'presentation' } }}
      styles={{ title: { fontWeight: 600 } }}
    >
      {entry !== null && <Details entry={entry} onFilter={onFilter} />}
    </Drawer>
  );
}

type DetailsProps = { readonly entry: AuditEntry; readonly onFilter: EntryDrawerProps['onFilter'] };

function Details({ entry, onFilter }: DetailsProps) {
  const { actor, apiKey, oauthClientId, diff } = entry;
  const only = (label: string, change: AuditFilters) => <OnlyThese label={label} onClick={() => onFilter(change)} />;
  return (
    <Stack gap="md">
      <Group gap="md">
        <Outcome entry={entry} />
        {entry.code !== null && (
          <Text size="xs" className="mono">
            {entry.code}
          </Text>
        )}
      </Group>
      {diff !== null && (
        <section aria-label="What changed">
          <Text size="xs" c="dimmed" mb={4}>
            What changed
          </Text>
          <pre className={classes.diff}>{JSON.stringify(diff, null, 2)}</pre>
        </section>
      )}
      <Stack component="dl" gap="sm" m={0}>
        <DrawerFact label="When">
          {absoluteTime(new Date(entry.at))} <Mono>{entry.at}</Mono>
        </DrawerFact>
        <DrawerFact label="Who" action={actor.id !== null && only('Only by them', { person: actor.id })}>
          {actorText(entry)} {actor.id !== null && <Mono>{actor.id}</Mono>}
        </DrawerFact>
        {oauthClientId !== null && (
          <DrawerFact label="App">
            <Mono>{oauthClientId}</Mono>
          </DrawerFact>
        )}
        {apiKey !== null && (
          <DrawerFact label="Key" action={only('Only by this key', { key: apiKey.id })}>
            {apiKey.name} <Mono>{apiKey.prefix}…</Mono>
          </DrawerFact>
        )}
        <DrawerFact label="Action" action={only('Only this action', { action: [entry.action] })}>
          <Mono>{entry.action}</Mono>
        </DrawerFact>
        {entry.resourceId !== null && (
          <DrawerFact label="Resource" action={only('Only about this', { resource: entry.resourceId })}>
            {entry.resourceType} <Mono>{entry.resourceId}</Mono>
          </DrawerFact>
        )}
        <DrawerFact label="Request" action={only('Only this request', { request: entry.requestId })}>
          <Mono>{entry.requestId}</Mono>
        </DrawerFact>
        {entry.ip !== null && (
          <DrawerFact label="Address">
            <Mono>{entry.ip}</Mono>
          </DrawerFact>
        )}
        {entry.userAgent !== null && <DrawerFact label="Program">{entry.userAgent}</DrawerFact>}
        <DrawerFact label="Number">{entry.seq}</DrawerFact>
        <DrawerFact label="Hash">
          <Mono>{entry.hash}</Mono>
        </DrawerFact>
        <DrawerFact label="Hash of the entry before">
          <Mono>{entry.prevHash}</Mono>
        </DrawerFact>
      </Stack>
    </Stack>
  );
}

function OnlyThese({ label, onClick }: { readonly label: string; readonly onClick: () => void }) {
  return (
    <Button variant="subtle" size="compact-xs" leftSection={<IconFilter size={12} />} onClick={onClick}>
      {label}
    </Button>
  );
}
