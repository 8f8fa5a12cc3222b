import { Select, type SelectProps } from '@mantine/core';

type TimeZoneSelectProps = Pick<SelectProps, 'label' | 'description' | 'error' | 'disabled'> & {
  readonly value: string;
  readonly onChange: (zone: string) => void;
};

/** One of the time zones that the browser knows, and the present one in any case. */
export function TimeZoneSelect({ value, onChange, ...props }: TimeZoneSelectProps) {
  return (
    <Select
      data={[...new Set([value, ...ZONES])]}
      value={value}
      onChange={(zone) => zone !== null && onChange(zone)}
      searchable
      nothingFoundMessage="No such time zone"
      allowDeselect={false}
      {...props}
    />
  );
}

/** Browsers leave UTC itself out of their list. */
const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
