import type { WidgetField, WidgetValues } from './widget-values.ts';

/** The form as its sections see it. */
export type Edit = {
  readonly values: WidgetValues;
  readonly set: (change: Partial<WidgetValues>) => void;
  /** What is wrong with a field, as in `color` or `operatingHours.days.0.to`. */
  readonly faults: Readonly<Record<string, string>>;
  readonly isReadOnly: boolean;
  /** Whether the plan has comments, a style sheet and no name of ours. */
  readonly hasExtras: boolean;
};

type Flag = { [Field in WidgetField]: WidgetValues[Field] extends boolean ? Field : never }[WidgetField];

/** A switch for a field. */
export function flag({ values, set, isReadOnly }: Edit, field: Flag) {
  return {
    checked: values[field],
    onChange: (event: { currentTarget: { checked: boolean } }) => set({ [field]: event.currentTarget.checked }),
    disabled: isReadOnly,
  };
}

type Text = 'welcomeMessage' | 'launcherLabel';

/** A line of text for a field. */
export function text({ values, set, faults, isReadOnly }: Edit, field: Text) {
  return {
    value: values[field],
    onChange: (event: { currentTarget: { value: string } }) => set({ [field]: event.currentTarget.value }),
    error: faults[field],
    disabled: isReadOnly,
  };
}
