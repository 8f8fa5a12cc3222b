import { Checkbox, Input, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from '../../ui/grouped-choice.module.css';
import { ALL, EVENT_GROUPS, type EventGroup, includedBy, toggle } from './event-choice.ts';

type EventPickerProps = {
  readonly value: readonly string[];
  readonly onChange: (events: string[]) => void;
  readonly error: ReactNode;
};

/** Events by what they are of, each of them, all of a kind, or all. */
export function EventPicker({ value, onChange, error }: EventPickerProps) {
  return (
    <Input.Wrapper label="Events" withAsterisk error={error} labelElement="div" role="group" aria-label="Events">
      <Checkbox
        my="sm"
        label="Everything"
        description="Also what there will be in later versions."
        checked={value.includes(ALL)}
        onChange={() => onChange(toggle(value, ALL))}
      />
      <div className={classes.groups}>
        {EVENT_GROUPS.map((group) => (
          <Events key={group.wildcard} group={group} value={value} onChange={onChange} />
        ))}
      </div>
    </Input.Wrapper>
  );
}

type EventsProps = Pick<EventPickerProps, 'value' | 'onChange'> & { readonly group: EventGroup };

function Events({ group: { title, wildcard, events }, value, onChange }: EventsProps) {
  const words = [...(events.length > 1 ? [{ name: wildcard, title: 'All of these' }] : []), ...events];
  return (
    <fieldset className={classes.group}>
      <legend className={classes.legend}>{title}</legend>
      <Stack gap="xs">
        {words.map(({ name, title: description }) => {
          const isIncluded = includedBy(value, name) !== null;
          return (
            <Checkbox
              key={name}
              size="sm"
              label={<span className="mono">{name}</span>}
              description={description}
              checked={value.includes(name) || isIncluded}
              disabled={isIncluded}
              onChange={() => onChange(toggle(value, name))}
            />
          );
        })}
      </Stack>
    </fieldset>
  );
}
