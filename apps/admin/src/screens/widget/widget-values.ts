import { widgetSchemas } from '@reqbase/core/contract';

export type WidgetConfig = widgetSchemas.WidgetConfig;
/** What can be set of the configuration. */
export type WidgetValues = Omit<WidgetConfig, 'projectId' | 'version' | 'updatedAt'>;
export type WidgetField = keyof WidgetValues;

/** What was changed and is not saved, over the configuration that it was changed from. */
export type Draft = { readonly base: WidgetConfig; readonly changes: Partial<WidgetValues> };

const FIELDS = widgetSchemas.UpdateWidget.omit({ projectId: true, ifVersion: true });
const isSame = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

export function fieldsOf(changes: Partial<WidgetValues>): WidgetField[] {
  return FIELDS.keyof().options.filter((field) => field in changes);
}

/** Adds a change; what is as it was before is none. */
export function withChange({ base, changes }: Draft, change: Partial<WidgetValues>): Draft {
  const next = { ...changes, ...change };
  return { base, changes: only(next, (field) => !isSame(next[field], base[field])) };
}

/** The same changes over a configuration that has moved on. */
export function rebased({ changes }: Draft, present: WidgetConfig): Draft {
  return withChange({ base: present, changes: {} }, changes);
}

/** The fields that the draft changes, and somebody else has changed too. */
export function contested({ base, changes }: Draft, present: WidgetConfig): WidgetField[] {
  return fieldsOf(changes).filter((field) => !isSame(base[field], present[field]) && !isSame(changes[field], present[field]));
}

/** What is wrong with the changes, by field; of operating hours by day as well, as in `operatingHours.days.0.to`. */
export function faultsOf(changes: Partial<WidgetValues>): Readonly<Record<string, string>> {
  const faults: Record<string, string> = {};
  for (const { path, message } of FIELDS.safeParse(changes).error?.issues ?? []) {
    faults[path.join('.')] ??= message;
    faults[String(path[0])] ??= message;
  }
  return faults;
}

/** What the widget would show with the changes: those that the server would not take are left out. */
export function previewed({ base, changes }: Draft): WidgetValues {
  const faults = faultsOf(changes);
  return { ...base, ...only(changes, (field) => faults[field] === undefined) };
}

function only(changes: Partial<WidgetValues>, isWanted: (field: WidgetField) => boolean): Partial<WidgetValues> {
  return Object.fromEntries(
    fieldsOf(changes)
      .filter(isWanted)
      .map((field) => [field, changes[field]]),
  );
}

/** An origin as people write it: `app.example.com/pricing` is `https://app.example.com`. What cannot be one stays as it is. */
export function tidyOrigin(text: string): string {
  const trimmed = text.trim();
  if (/\s/.test(trimmed)) return trimmed;
  const isLocal = /^(localhost|127\.0\.0\.1)(:|\/|$)/.test(trimmed);
  const url = /^[a-z][a-z+.-]*:\/\//i.test(trimmed) ? trimmed : `${isLocal ? 'http' : 'https'}://${trimmed}`;
  if (!URL.canParse(url)) return trimmed;
  const { protocol, origin, hostname } = new URL(url);
  return (protocol === 'http:' || protocol === 'https:') && !hostname.includes('*') ? origin : trimmed;
}
