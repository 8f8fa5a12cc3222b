import { Avatar, Button, Combobox, useCombobox, VisuallyHidden } from '@mantine/core';
import { can, type conversationSchemas } from '@reqbase/core/contract';
import { IconUserOff, IconUserPlus } from '@tabler/icons-react';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { useEffect, useLayoutEffect, useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { useShortcuts } from '../../ui/use-shortcuts.ts';
import { allMembersQuery } from '../members/all-members-query.ts';
import { meQuery } from '../members/me-query.ts';
import { useChangeConversation } from './use-change-conversation.ts';
import { useMemberNames } from './use-member-names.ts';

const NOBODY = 'nobody';

type AssignControlProps = { readonly projectId: string; readonly conversation: conversationSchemas.Conversation };

/** Who sees to the conversation: oneself first, then the other members who may reply. */
export function AssignControl({ projectId, conversation }: AssignControlProps) {
  const { id, assigneeId } = conversation;
  const trpc = useTRPC();
  const { data: me } = useSuspenseQuery(meQuery(trpc));
  const members = useQuery(allMembersQuery(trpc, projectId));
  const nameOf = useMemberNames(projectId);
  const { change, isPending } = useChangeConversation(projectId, id);
  const [text, setText] = useState('');
  const combobox = useCombobox({
    onDropdownClose: () => {
      combobox.resetSelectedOption();
      combobox.focusTarget();
      setText('');
    },
    onDropdownOpen: () => combobox.selectFirstOption(),
  });
  useShortcuts([['a', () => combobox.openDropdown()]]);
  const words = text.trim().toLowerCase();
  const isSearched = (name: string) => name.toLowerCase().includes(words);
  const others = (members.data ?? []).filter(({ userId, role }) => userId !== me.userId && can(role, 'replyInbox'));
  const options = [
    ...(assigneeId !== me.userId && me.userId !== null ? [{ value: me.userId, label: 'Me' }] : []),
    ...others.filter(({ userId }) => userId !== assigneeId).map(({ userId, name }) => ({ value: userId, label: name })),
    ...(assigneeId === null ? [] : [{ value: NOBODY, label: 'Nobody' }]),
  ].filter(({ label }) => isSearched(label));
  const { selectFirstOption, dropdownOpened, searchRef } = combobox;
  // At once: the library's own way waits a moment, in which what is typed would be taken for shortcuts.
  useLayoutEffect(() => {
    if (dropdownOpened) searchRef.current?.focus({ preventScroll: true });
  }, [dropdownOpened, searchRef]);
  const first = options[0]?.value;
  // The library marks options in the document, once they are there: members may come after what was typed.
  useEffect(() => {
    if (dropdownOpened && text !== '' && first !== undefined) selectFirstOption();
  }, [text, first, dropdownOpened, selectFirstOption]);
  const name = assigneeId === null ? null : (nameOf(assigneeId) ?? 'a member');
  const assign = (value: string) => {
    combobox.closeDropdown();
    change({ assigneeId: value === NOBODY ? null : value });
  };
  return (
    <Combobox store={combobox} width={240} position="bottom-start" onOptionSubmit={assign} shadow="md">
      <Combobox.Target targetType="button" withAriaAttributes={false}>
        <Button
          size="compact-md"
          fz="sm"
          variant="default"
          leftSection={
            name === null ? <IconUserPlus size={16} /> : <Avatar name={name} size={18} color="pine" aria-hidden="true" />
          }
          loading={isPending}
          aria-keyshortcuts="a"
          aria-haspopup="listbox"
          aria-expanded={combobox.dropdownOpened}
          onClick={() => combobox.toggleDropdown()}
        >
          {name === null ? (
            'Assign'
          ) : (
            <>
              <VisuallyHidden>Assigned to </VisuallyHidden>
              {name}
            </>
          )}
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          aria-label="Search members"
          placeholder="Search members"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Combobox.Options mah={260} style={{ overflowY: 'auto' }} aria-label="Members">
          {options.map(({ value, label }) => (
            <Combobox.Option key={value} value={value}>
              <span style={{ display: 'flex', alignItems: 'center', gap: 8 }}>
                {value === NOBODY ? (
                  <IconUserOff size={18} aria-hidden="true" />
                ) : (
                  <Avatar name={value === me.userId ? me.name : label} size={20} color="pine" aria-hidden="true" />
                )}
                {label}
              </span>
            </Combobox.Option>
          ))}
          {options.length === 0 && <Combobox.Empty>{members.isPending ? 'Loading…' : 'No such member'}</Combobox.Empty>}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
