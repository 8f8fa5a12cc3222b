import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTRPC } from '../../trpc.ts';

export const OWNER_ME = 'me';

type OwnerSelectProps = {
  readonly organizationSlug: string;
  readonly value: string;
  readonly onChange: (owner: string) => void;
  readonly error: ReactNode;
};

/** Who the key belongs to: a person's key ends with their membership, one of a service account does not. */
export function OwnerSelect({ organizationSlug, value, onChange, error }: OwnerSelectProps) {
  const trpc = useTRPC();
  const accounts = useQuery(
    trpc.serviceAccounts.list.queryOptions({ organizationId: organizationSlug, disabled: false, limit: 100 }),
  );
  const usable = accounts.data?.items ?? [];
  const failed = accounts.isError ? 'The service accounts cannot be loaded.' : undefined;
  return (
    <Select
      label="Owner"
      description={value === OWNER_ME ? 'The key ends with your membership.' : 'The key outlives the people who made it.'}
      data={[
        { value: OWNER_ME, label: 'Me' },
        ...(usable.length === 0
          ? []
          : [
              {
                group: 'Service accounts',
                items: usable.map(({ id, name, role }) => ({ value: id, label: `${name} (${role})` })),
              },
            ]),
      ]}
      value={value}
      onChange={(owner) => onChange(owner ?? OWNER_ME)}
      allowDeselect={false}
      error={error ?? failed}
    />
  );
}
