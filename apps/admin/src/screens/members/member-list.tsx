import { ActionIcon, Avatar, Badge, Group, Menu, Paper, Stack, Text } from '@mantine/core';
import type { memberSchemas } from '@reqbase/core/contract';
import { IconCrown, IconDots, IconLogout, IconUserEdit, IconUserMinus } from '@tabler/icons-react';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { meQuery } from './me-query.ts';
import { type MemberAct, MemberDialog } from './member-dialog.tsx';
import { ROLE_WORDS } from './role-words.ts';

type Member = memberSchemas.Member;
type MemberListProps = { readonly rows: readonly Member[]; readonly projectId: string; readonly mayManage: boolean };

export function MemberList({ rows, projectId, mayManage }: MemberListProps) {
  const [act, setAct] = useState<MemberAct | null>(null);
  const { data: me } = useSuspenseQuery(meQuery(useTRPC()));
  return (
    <>
      <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: 'none' }}>
        {rows.map((member) => (
          <Paper key={member.userId} component="li" withBorder p="sm">
            <Group justify="space-between" wrap="nowrap" gap="sm">
              <Avatar name={member.name} size={34} color="pine" aria-hidden="true" />
              <div style={{ minWidth: 0, flex: 1 }}>
                <Text size="sm" fw={600} truncate>
                  {member.name}
                  {member.userId === me.userId && ' (you)'}
                </Text>
                <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                  {member.email}
                  {' · '}
                  {member.through === 'organization' ? (
                    'through the organization'
                  ) : (
                    <>
                      added <TimeAgo at={member.createdAt} />
                    </>
                  )}
                </Text>
              </div>
              <Badge variant="default" size="md" tt="none" fw={500} flex="none">
                {ROLE_WORDS[member.role]}
              </Badge>
              <MemberMenu member={member} isMe={member.userId === me.userId} mayManage={mayManage} onAct={setAct} />
            </Group>
          </Paper>
        ))}
      </Stack>
      {act !== null && <MemberDialog projectId={projectId} act={act} onClose={() => setAct(null)} />}
    </>
  );
}

type MemberMenuProps = {
  readonly member: Member;
  readonly isMe: boolean;
  readonly mayManage: boolean;
  readonly onAct: (act: MemberAct) => void;
};

/** What can be done about a member of the project itself; a role of the organization is changed there. */
function MemberMenu({ member, isMe, mayManage, onAct }: MemberMenuProps) {
  const isChangeable = member.through === 'project' && member.role !== 'owner';
  if (!isChangeable || !(mayManage || isMe))
    return <ActionIcon variant="transparent" aria-hidden="true" disabled bg="none" c="transparent" />;
  return (
    <Menu position="bottom-end" width={210}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${member.name}`}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {mayManage && (
          <>
            <Menu.Item leftSection={<IconUserEdit size={16} />} onClick={() => onAct({ kind: 'role', member })}>
              Change role
            </Menu.Item>
            <Menu.Item leftSection={<IconCrown size={16} />} onClick={() => onAct({ kind: 'transfer', member })}>
              Make owner
            </Menu.Item>
          </>
        )}
        {isMe ? (
          <Menu.Item color="red" leftSection={<IconLogout size={16} />} onClick={() => onAct({ kind: 'leave', member })}>
            Leave the project
          </Menu.Item>
        ) : (
          <Menu.Item color="red" leftSection={<IconUserMinus size={16} />} onClick={() => onAct({ kind: 'remove', member })}>
            Remove
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
