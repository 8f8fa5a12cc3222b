import type { usageSchemas } from '@reqbase/core/contract';

/** More colours than these cannot be told apart; the rest of the keys share one. */
const MAX_SERIES = 6;
const COLORS = ['pine.6', 'blue.5', 'orange.5', 'grape.5', 'yellow.5', 'cyan.6'] as const;
const OTHERS = { name: 'others', label: 'Other keys', color: 'gray.5' };

export type Series = { readonly name: string; readonly label: string; readonly color: string };
export type UsageChart = { readonly series: Series[]; readonly data: Record<string, string | number>[] };

/** Days as bars, stacked by key; the keys with the most calls by themselves. */
export function toChart({ keys, days }: usageSchemas.UsageHistory): UsageChart {
  const hasOthers = keys.length > MAX_SERIES;
  const shown = hasOthers ? keys.slice(0, MAX_SERIES - 1) : keys;
  const series = shown.map(({ id, name }, index) => ({ name: id, label: name, color: COLORS[index] ?? OTHERS.color }));
  const data = days.map(({ day, calls, byKey }) => {
    const counts = Object.fromEntries(shown.map(({ id }) => [id, byKey[id] ?? 0]));
    const others = calls - Object.values(counts).reduce((sum, count) => sum + count, 0);
    return { day, ...counts, ...(hasOthers && { [OTHERS.name]: others }) };
  });
  return { series: hasOthers ? [...series, OTHERS] : series, data };
}
