import { Button, Group, MultiSelect, Select, TextInput } from '@mantine/core';
import type { auditSchemas } from '@reqbase/core/contract';
import { IconX } from '@tabler/icons-react';
import { useProjects } from '../projects/use-project.ts';
import { type AuditFilters, isNarrowed } from './audit-filters.ts';
import { ACTION_WORDS } from './audit-words.ts';

type AuditFilterBarProps = {
  readonly organizationId: string;
  readonly filters: AuditFilters;
  readonly onChange: (filters: AuditFilters) => void;
  readonly onClear: () => void;
};

const OUTCOMES = [
  { value: 'allowed', label: 'Allowed' },
  { value: 'denied', label: 'Denied' },
];

export function AuditFilterBar({ organizationId, filters, onChange, onClear }: AuditFilterBarProps) {
  const projects = useProjects().filter(({ orgId }) => orgId === organizationId);
  const named = filters.action ?? [];
  const actions = [...new Set([...Object.keys(ACTION_WORDS), ...named])];
  return (
    <Group gap="sm" mb="md" role="search" aria-label="Filter entries" align="flex-end">
      <MultiSelect
        aria-label="Action"
        placeholder={named.length === 0 ? 'Any action' : ''}
        flex={1}
        miw={{ base: '100%', sm: 220 }}
        data={actions.map((value) => ({ value, label: ACTION_WORDS[value] ?? value }))}
        value={named}
        onChange={(action) => onChange({ action })}
        maxValues={20}
        searchable
        clearable
        hidePickedOptions
        nothingFoundMessage="No such action"
      />
      <Select
        aria-label="Outcome"
        placeholder="Any outcome"
        w={{ base: 'calc(50% - 6px)', sm: 150 }}
        data={OUTCOMES}
        value={filters.outcome ?? null}
        onChange={(outcome) => onChange({ outcome: (outcome as auditSchemas.AuditOutcome | null) ?? undefined })}
        clearable
      />
      <Select
        aria-label="Project"
        placeholder="Any project"
        w={{ base: 'calc(50% - 6px)', sm: 170 }}
        data={projects.map(({ id, name }) => ({ value: id, label: name }))}
        value={filters.project ?? null}
        onChange={(project) => onChange({ project: project ?? undefined })}
        clearable
      />
      <DayInput label="From" value={filters.from} onChange={(from) => onChange({ from })} />
      <DayInput label="To" value={filters.to} onChange={(to) => onChange({ to })} />
      <Chosen filters={filters} onChange={onChange} />
      {isNarrowed(filters) && (
        <Button variant="subtle" size="compact-sm" onClick={onClear}>
          Clear filters
        </Button>
      )}
    </Group>
  );
}

type DayInputProps = {
  readonly label: string;
  readonly value: string | undefined;
  readonly onChange: (day: string | undefined) => void;
};

/** The browser's own picker. */
function DayInput({ label, value, onChange }: DayInputProps) {
  return (
    <TextInput
      aria-label={label}
      type="date"
      leftSection={label}
      leftSectionWidth={52}
      w={{ base: '100%', sm: 195 }}
      value={value ?? ''}
      onChange={({ currentTarget }) => onChange(currentTarget.value === '' ? undefined : currentTarget.value)}
    />
  );
}

const PICKED = { person: 'One person', key: 'One key', resource: 'One resource', request: 'One request' } as const;

/** What was picked in the details of an entry. */
function Chosen({ filters, onChange }: Pick<AuditFilterBarProps, 'filters' | 'onChange'>) {
  const picked = (Object.keys(PICKED) as (keyof typeof PICKED)[]).filter((name) => filters[name] !== undefined);
  if (picked.length === 0) return null;
  return (
    <Group gap="xs">
      {picked.map((name) => (
        <Button
          key={name}
          variant="light"
          size="compact-sm"
          rightSection={<IconX size={14} />}
          aria-label={`Remove the filter: ${PICKED[name]}`}
          title={filters[name]}
          onClick={() => onChange({ [name]: undefined })}
        >
          {PICKED[name]}
        </Button>
      ))}
    </Group>
  );
}
