import { can } from '@reqbase/core/contract';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { allMembersQuery } from '../members/all-members-query.ts';
import { meQuery } from '../members/me-query.ts';
import { useProject } from '../projects/use-project.ts';

/** Gives the name of a member by id; null while it is not known, or for who may not see members. */
export function useMemberNames(projectId: string): (userId: string) => string | null {
  const trpc = useTRPC();
  const { role } = useProject();
  const { data: me } = useSuspenseQuery(meQuery(trpc));
  const members = useQuery({ ...allMembersQuery(trpc, projectId), enabled: can(role, 'viewMembers') });
  return (userId) => {
    if (userId === me.userId) return 'you';
    return members.data?.find((member) => member.userId === userId)?.name ?? null;
  };
}
