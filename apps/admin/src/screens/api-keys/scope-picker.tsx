import { Badge, Button, Checkbox, Group, Input, Stack, Text, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import classes from '../../ui/grouped-choice.module.css';
import { filterGroups, type GrantableScope, groupScopes, includedBy, type ScopeGroup, toggleScope } from './scope-groups.ts';

type ScopePickerProps = {
  readonly items: readonly GrantableScope[];
  readonly withCoarse: boolean;
  readonly value: readonly string[];
  readonly onChange: (scopes: string[]) => void;
  readonly error: ReactNode;
};

/** Scopes by resource. What cannot be granted is there, disabled, with the reason. */
export function ScopePicker({ items, withCoarse, value, onChange, error }: ScopePickerProps) {
  const [text, setText] = useState('');
  const groups = filterGroups(groupScopes(items, { withCoarse }), text);
  return (
    <Input.Wrapper label="Scopes" withAsterisk error={error} labelElement="div" role="group" aria-label="Scopes">
      <Group mt={4} mb="sm" gap="sm">
        <TextInput
          aria-label="Filter scopes"
          placeholder="Filter scopes"
          leftSection={<IconSearch size={16} />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          flex={1}
        />
        <Badge variant="light" size="lg" tt="none" role="status">
          {value.length} chosen
        </Badge>
        <Button variant="default" size="xs" disabled={value.length === 0} onClick={() => onChange([])}>
          Clear
        </Button>
      </Group>
      {groups.length === 0 && (
        <Text size="sm" c="dimmed">
          No scope has “{text}” in it.
        </Text>
      )}
      <div className={classes.groups}>
        {groups.map((group) => (
          <Scopes key={group.resource} group={group} value={value} onChange={onChange} />
        ))}
      </div>
    </Input.Wrapper>
  );
}

type ScopesProps = Pick<ScopePickerProps, 'value' | 'onChange'> & { readonly group: ScopeGroup };

function Scopes({ group, value, onChange }: ScopesProps) {
  return (
    <fieldset className={classes.group}>
      <legend className={classes.legend}>{group.title}</legend>
      <Stack gap="xs">
        {group.scopes.map(({ scope, title, grantable, reason }) => {
          const wider = includedBy(value, scope);
          const isIncluded = grantable && wider !== null;
          return (
            <Checkbox
              key={scope}
              size="sm"
              label={<span className="mono">{scope}</span>}
              description={grantable ? (isIncluded ? `${title} · in ${wider}` : title) : `${title} · ${reason}`}
              checked={value.includes(scope) || isIncluded}
              disabled={!grantable || isIncluded}
              onChange={() => onChange(toggleScope(value, scope))}
            />
          );
        })}
      </Stack>
    </fieldset>
  );
}
