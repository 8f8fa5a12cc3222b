import { ActionIcon, Button, Group, Indicator, MultiSelect, Pill, Popover, Select, Stack, TagsInput } from '@mantine/core';
import { conversationSchemas } from '@reqbase/core/contract';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { SearchInput } from '../../ui/search-input.tsx';
import { FeaturePicker } from '../backlog/feature-picker.tsx';
import { PRIORITY_WORDS } from './conversation-words.tsx';
import classes from './inbox.module.css';
import {
  countFilters,
  DEFAULT_ORDER,
  INBOX_ORDERS,
  type InboxFilters,
  type InboxOrder,
  withInboxFilters,
  withoutFilters,
} from './inbox-filters.ts';
import { RequesterPicker } from './requester-picker.tsx';

const ORDER_WORDS: Readonly<Record<InboxOrder, string>> = {
  newest: 'Last message first',
  oldest: 'Oldest message first',
  waiting: 'Longest waiting first',
  created: 'Newest conversation first',
};

type InboxSearchProps = {
  readonly projectId: string;
  readonly filters: InboxFilters;
  readonly onChange: (filters: InboxFilters) => void;
};

export function InboxSearch({ projectId, filters, onChange }: InboxSearchProps) {
  const set = (change: InboxFilters) => onChange(withInboxFilters(filters, change));
  const isInUse = countFilters({ ...filters, q: undefined }) > 0 || filters.order !== undefined;
  return (
    <search className={classes.search} aria-label="Filter conversations">
      <Group gap="xs" wrap="nowrap">
        <SearchInput placeholder="Search conversations" value={filters.q ?? ''} onChange={(q) => set({ q })} miw={0} />
        <Indicator disabled={!isInUse} color="pine" size={9} offset={3}>
          <Popover position="bottom-end" width={290} trapFocus returnFocus withinPortal shadow="md">
            <Popover.Target>
              <ActionIcon variant="default" size={36} aria-label={isInUse ? 'Filters and order (in use)' : 'Filters and order'}>
                <IconAdjustmentsHorizontal size={18} />
              </ActionIcon>
            </Popover.Target>
            <Popover.Dropdown aria-label="Filters and order">
              <Fields projectId={projectId} filters={filters} set={set} />
            </Popover.Dropdown>
          </Popover>
        </Indicator>
      </Group>
      <ActiveFilters projectId={projectId} filters={filters} onChange={onChange} />
    </search>
  );
}

type FieldsProps = {
  readonly projectId: string;
  readonly filters: InboxFilters;
  readonly set: (change: InboxFilters) => void;
};

function Fields({ projectId, filters, set }: FieldsProps) {
  // What drops down stays inside: a click into it is none outside.
  const comboboxProps = { withinPortal: false };
  return (
    <Stack gap="sm">
      <Select
        label="Order"
        data={INBOX_ORDERS.map((value) => ({ value, label: ORDER_WORDS[value] }))}
        value={filters.order ?? DEFAULT_ORDER}
        onChange={(order) => order !== null && set({ order })}
        allowDeselect={false}
        comboboxProps={comboboxProps}
      />
      <MultiSelect
        label="Priority"
        placeholder={filters.priority === undefined ? 'Any' : ''}
        data={conversationSchemas.ConversationPriority.options.map((value) => ({ value, label: PRIORITY_WORDS[value] }))}
        value={filters.priority ?? []}
        onChange={(priority) => set({ priority })}
        clearable
        comboboxProps={comboboxProps}
      />
      <TagsInput
        label="Tags"
        placeholder={filters.tag === undefined ? 'Any' : ''}
        value={filters.tag ?? []}
        onChange={(tag) => set({ tag })}
        maxTags={20}
        clearable
        comboboxProps={comboboxProps}
      />
      <FeaturePicker
        label="Request"
        projectId={projectId}
        value={filters.featureId ?? null}
        onChange={(featureId) => set({ featureId: featureId ?? undefined })}
        comboboxProps={comboboxProps}
      />
      <RequesterPicker
        projectId={projectId}
        value={filters.requesterId ?? null}
        onChange={(requesterId) => set({ requesterId: requesterId ?? undefined })}
        comboboxProps={comboboxProps}
      />
    </Stack>
  );
}

/** What narrows the list, in sight, each with a way to take it off. */
function ActiveFilters({ projectId, filters, onChange }: InboxSearchProps) {
  if (countFilters({ ...filters, q: undefined }) === 0) return null;
  const set = (change: InboxFilters) => onChange(withInboxFilters(filters, change));
  const { priority = [], tag = [], featureId, requesterId } = filters;
  return (
    <Group gap={6} mt="xs">
      {priority.map((value) => (
        <FilterPill
          key={value}
          label={PRIORITY_WORDS[value]}
          onRemove={() => set({ priority: priority.filter((other) => other !== value) })}
        />
      ))}
      {tag.map((value) => (
        <FilterPill key={value} label={value} onRemove={() => set({ tag: tag.filter((other) => other !== value) })} />
      ))}
      {featureId !== undefined && (
        <FeaturePill projectId={projectId} id={featureId} onRemove={() => set({ featureId: undefined })} />
      )}
      {requesterId !== undefined && (
        <RequesterPill projectId={projectId} id={requesterId} onRemove={() => set({ requesterId: undefined })} />
      )}
      <Button variant="subtle" size="compact-xs" onClick={() => onChange(withoutFilters(filters))}>
        Clear
      </Button>
    </Group>
  );
}

function FilterPill({ label, onRemove }: { readonly label: string; readonly onRemove: () => void }) {
  return (
    <Pill
      withRemoveButton
      onRemove={onRemove}
      removeButtonProps={{ 'aria-label': `Take off the filter ${label}`, 'aria-hidden': false, tabIndex: 0 }}
      maw="100%"
    >
      {label}
    </Pill>
  );
}

type NamedPillProps = { readonly projectId: string; readonly id: string; readonly onRemove: () => void };

function FeaturePill({ projectId, id, onRemove }: NamedPillProps) {
  const trpc = useTRPC();
  const feature = useQuery(trpc.backlog.get.queryOptions({ projectId, id }));
  return (
    <FilterPill
      label={feature.data === undefined ? 'A request' : `#${feature.data.number} ${feature.data.title}`}
      onRemove={onRemove}
    />
  );
}

function RequesterPill({ projectId, id, onRemove }: NamedPillProps) {
  const trpc = useTRPC();
  const requester = useQuery(trpc.requesters.get.queryOptions({ projectId, id }));
  const { name, email } = requester.data ?? {};
  return <FilterPill label={name ?? email ?? 'A requester'} onRemove={onRemove} />;
}
