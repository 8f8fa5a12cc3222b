import { Radio, Stack } from '@mantine/core';
import { memberSchemas, type Role } from '@reqbase/core/contract';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { GIVEN_ROLES } from './role-words.ts';

/** Those that take a seat of the plan. Source: members slice, `takesSeat`. */
const SEAT_ROLES: readonly Role[] = ['developer', 'admin'];

type RoleChoiceProps = {
  readonly projectId: string;
  /** Of the member now: who has a seat needs no other. */
  readonly held?: Role;
  readonly value: memberSchemas.GivenRole;
  readonly onChange: (role: memberSchemas.GivenRole) => void;
};

/** The roles that can be given. Those for which there is no seat say so. */
export function RoleChoice({ projectId, held, value, onChange }: RoleChoiceProps) {
  const reason = useSeatReason(projectId);
  const isFull = reason !== null && (held === undefined || !SEAT_ROLES.includes(held));
  return (
    <Radio.Group label="Role" value={value} onChange={(role) => onChange(memberSchemas.GivenRole.parse(role))}>
      <Stack gap="xs" mt="xs">
        {GIVEN_ROLES.map(({ value: role, label, description }) => {
          const isOut = isFull && SEAT_ROLES.includes(role);
          return <Radio key={role} value={role} label={label} description={isOut ? reason : description} disabled={isOut} />;
        })}
      </Stack>
    </Radio.Group>
  );
}

/** Why nobody more can have a seat; null if somebody can, or it is not known. */
function useSeatReason(projectId: string): string | null {
  const trpc = useTRPC();
  const { data: seats } = useQuery(trpc.members.seats.queryOptions({ projectId }));
  if (seats === undefined || seats.limit === null || seats.used < seats.limit) return null;
  return seats.limit === 0
    ? 'Takes a seat, and the plan has none: upgrade the organization.'
    : `Takes a seat, and all ${seats.limit} are taken: upgrade the organization, or free one.`;
}
