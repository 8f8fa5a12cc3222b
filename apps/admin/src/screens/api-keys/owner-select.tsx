import { Loader, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import type { serviceAccountSchemas } from '@reqbase/core/contract';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTRPC } from '../../trpc.ts';

export const OWNER_ME = 'me';
const ME = { value: OWNER_ME, label: 'Me' };

type OwnerSelectProps = {
  readonly organizationSlug: string;
  readonly value: string;
  readonly onChange: (owner: string) => void;
  readonly error: ReactNode;
};

const labelOf = ({ name, role }: serviceAccountSchemas.ServiceAccount) => `${name} (${role})`;

/** Who the key belongs to: a person's key ends with their membership, one of a service account does not. */
export function OwnerSelect({ organizationSlug: organizationId, value, onChange, error }: OwnerSelectProps) {
  const trpc = useTRPC();
  const [text, setText] = useState('');
  const isMe = value === OWNER_ME;
  const current = useQuery(trpc.serviceAccounts.get.queryOptions({ organizationId, id: value }, { enabled: !isMe }));
  const chosen = current.data?.id === value ? current.data : null;
  // What is chosen stands in the field: no search for that.
  const words = text === ME.label || (chosen !== null && text === labelOf(chosen)) ? '' : text.trim();
  const [q] = useDebouncedValue(words, 250);
  const found = useQuery(
    trpc.serviceAccounts.list.queryOptions(
      { organizationId, disabled: false, limit: 50, ...(q !== '' && { q }) },
      { placeholderData: keepPreviousData },
    ),
  );
  const byId = new Map(
    [...(chosen === null ? [] : [chosen]), ...(found.data?.items ?? [])].map((account) => [account.id, account]),
  );
  const accounts = [...byId.values()].map((account) => ({ value: account.id, label: labelOf(account) }));
  const failed = found.isError || current.isError ? 'The service accounts cannot be loaded.' : undefined;
  return (
    <Select
      label="Owner"
      description={isMe ? 'The key ends with your membership.' : 'The key outlives the people who made it.'}
      searchable
      filter={({ options }) => options}
      data={[ME, ...(accounts.length === 0 ? [] : [{ group: 'Service accounts', items: accounts }])]}
      value={value}
      onChange={(owner) => onChange(owner ?? OWNER_ME)}
      onSearchChange={setText}
      allowDeselect={false}
      rightSection={found.isFetching || current.isFetching ? <Loader size="xs" /> : undefined}
      error={error ?? failed}
    />
  );
}
