import { ActionIcon, Button, Checkbox, Group, Stack, Switch, Text, TextInput } from '@mantine/core';
import { IconCopy, IconPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { TimeZoneSelect } from '../../ui/time-zone-select.tsx';
import { useProjects } from '../projects/use-project.ts';
import type { Edit } from './edit.ts';
import { Section } from './section.tsx';
import type { WidgetValues } from './widget-values.ts';
import { DAYS } from './widget-words.ts';

type Hours = NonNullable<WidgetValues['operatingHours']>;
type Span = Hours['days'][number];
type Day = Span['day'];

const MOST_SPANS = 3;
const OFFICE = { from: '09:00', to: '17:00' };
const WORKDAYS: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri'];
/** A day ends at 24:00; browsers' fields for a time know that as 00:00. */
const endOf = (time: string) => (time === '00:00' ? '24:00' : time);
const shownEnd = (time: string) => (time === '24:00' ? '00:00' : time);

/** When somebody is there to answer. */
export function HoursSection({ edit, projectId }: { readonly edit: Edit; readonly projectId: string }) {
  const { values, set, isReadOnly } = edit;
  const hours = values.operatingHours;
  const timezone = useProjects().find(({ slug }) => slug === projectId)?.timezone ?? 'UTC';
  // What was entered comes back when it is switched on again.
  const [last, setLast] = useState<Hours>(() => hours ?? { timezone, days: WORKDAYS.map((day) => ({ day, ...OFFICE })) });
  const toggle = (isOn: boolean) => {
    if (hours !== null) setLast(hours);
    set({ operatingHours: isOn ? last : null });
  };
  return (
    <Section id="hours" title="Operating hours">
      <Switch
        label="Say whether somebody is there"
        description="Visitors read “We are here now”, or that you will answer later. They can write at any time."
        checked={hours !== null}
        onChange={(event) => toggle(event.currentTarget.checked)}
        disabled={isReadOnly}
      />
      {hours !== null && <HoursFields hours={hours} edit={edit} />}
    </Section>
  );
}

function HoursFields({ hours, edit }: { readonly hours: Hours; readonly edit: Edit }) {
  const { set, faults, isReadOnly } = edit;
  const spansOf = (day: Day) => hours.days.flatMap((span, index) => (span.day === day ? [{ ...span, index }] : []));
  const change = (change: Partial<Hours>) => set({ operatingHours: { ...hours, ...change } });
  /** In the order of the week, whatever the order of the clicks. */
  const put = (day: Day, spans: readonly Omit<Span, 'day'>[]) =>
    change({
      days: DAYS.flatMap((each) =>
        each.day === day ? spans.map(({ from, to }) => ({ day, from, to })) : hours.days.filter((span) => span.day === each.day),
      ),
    });
  const first = spansOf('mon');
  return (
    <>
      <TimeZoneSelect
        label="Time zone"
        value={hours.timezone}
        onChange={(timezone) => change({ timezone })}
        disabled={isReadOnly}
      />
      <Stack gap="sm" component="ul" p={0} m={0} style={{ listStyle: 'none' }}>
        {DAYS.map(({ day, label }) => (
          <DayRow
            key={day}
            label={label}
            spans={spansOf(day)}
            faultOf={(index, end) => faults[`operatingHours.days.${index}.${end}`]}
            isReadOnly={isReadOnly}
            onChange={(spans) => put(day, spans)}
          />
        ))}
      </Stack>
      {!isReadOnly && first.length > 0 && (
        <Group>
          <Button
            variant="subtle"
            size="compact-sm"
            leftSection={<IconCopy size={14} />}
            onClick={() =>
              change({
                days: [
                  ...WORKDAYS.flatMap((day) => first.map(({ from, to }) => ({ day, from, to }))),
                  ...hours.days.filter(({ day }) => !WORKDAYS.includes(day)),
                ],
              })
            }
          >
            Copy Monday to all workdays
          </Button>
        </Group>
      )}
    </>
  );
}

type DayRowProps = {
  readonly label: string;
  readonly spans: readonly (Omit<Span, 'day'> & { readonly index: number })[];
  readonly faultOf: (index: number, end: 'from' | 'to') => string | undefined;
  readonly isReadOnly: boolean;
  readonly onChange: (spans: readonly Omit<Span, 'day'>[]) => void;
};

function DayRow({ label, spans, faultOf, isReadOnly, onChange }: DayRowProps) {
  const replace = (place: number, change: Partial<Omit<Span, 'day'>>) =>
    onChange(spans.map((span, index) => (index === place ? { ...span, ...change } : span)));
  return (
    <Group component="li" align="flex-start" gap="sm">
      <Checkbox
        label={label}
        w={122}
        pt={7}
        checked={spans.length > 0}
        onChange={(event) => onChange(event.currentTarget.checked ? [OFFICE] : [])}
        disabled={isReadOnly}
      />
      {spans.length === 0 ? (
        <Text size="sm" c="dimmed" pt={7}>
          Nobody there
        </Text>
      ) : (
        <Stack gap={6} flex={1} miw={280}>
          {spans.map(({ from, to, index }, place) => (
            <Group key={place === 0 ? 'first' : index} gap={6} wrap="nowrap" align="flex-start">
              <TextInput
                type="time"
                aria-label={`${label}, from`}
                flex={1}
                maw={136}
                miw={0}
                value={from}
                onChange={(event) => replace(place, { from: event.currentTarget.value })}
                error={faultOf(index, 'from')}
                disabled={isReadOnly}
              />
              <Text size="sm" c="dimmed" pt={7}>
                to
              </Text>
              <TextInput
                type="time"
                aria-label={`${label}, to`}
                flex={1}
                maw={136}
                miw={0}
                value={shownEnd(to)}
                onChange={(event) => replace(place, { to: endOf(event.currentTarget.value) })}
                error={faultOf(index, 'to')}
                disabled={isReadOnly}
              />
              {place > 0 && !isReadOnly && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  aria-label={`Take away the hours from ${from} on ${label}`}
                  onClick={() => onChange(spans.filter((_, index) => index !== place))}
                >
                  <IconX size={16} />
                </ActionIcon>
              )}
              {place === spans.length - 1 && spans.length < MOST_SPANS && to < '24:00' && !isReadOnly && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  aria-label={`More hours on ${label}`}
                  onClick={() => onChange([...spans, { from: to, to: '24:00' }])}
                >
                  <IconPlus size={16} />
                </ActionIcon>
              )}
            </Group>
          ))}
        </Stack>
      )}
    </Group>
  );
}
