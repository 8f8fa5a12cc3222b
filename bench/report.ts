/** What a figure has to reach. */
export type Bound = { readonly atLeast: number } | { readonly atMost: number };

export type Row = {
  readonly name: string;
  /** The figure, as it is judged. */
  readonly value: number;
  readonly unit: string;
  /** The smallest and the largest of what was measured. */
  readonly range?: readonly [number, number];
  /** None: for information. */
  readonly bound?: Bound;
};

/** The figures of a section, and what they are figures of. */
export type Section = { readonly title: string; readonly about: readonly string[]; readonly rows: readonly Row[] };

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const [low = Number.NaN, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** The median of what was measured, with its range. */
export function rowOf(name: string, unit: string, values: readonly number[], bound?: Bound): Row {
  return { name, value: median(values), unit, range: rangeOf(values), ...(bound !== undefined && { bound }) };
}

/** The smallest and the largest. */
export function rangeOf(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

export function isReached({ value, bound }: Row): boolean {
  if (bound === undefined) return true;
  return 'atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost;
}

/** Prints a section as a table, each figure with its bound and PASS or MISS. */
export function printSection({ title, about, rows }: Section): void {
  const cells = rows.map((row) => [
    row.name,
    `${format(row.value)} ${row.unit}`.trim(),
    row.range === undefined ? '' : `${format(row.range[0])} to ${format(row.range[1])}`,
    boundText(row.bound),
    row.bound === undefined ? '' : isReached(row) ? 'PASS' : 'MISS',
  ]);
  const lines = [['', 'median', 'min to max', 'bound', ''], ...cells];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  console.log(`\n${title}`);
  for (const line of about) console.log(`  ${line}`);
  for (const line of lines) {
    const [name = '', ...rest] = line.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(`  ${[name, ...rest].join('  ').trimEnd()}`);
  }
}

function boundText(bound: Bound | undefined): string {
  if (bound === undefined) return '';
  return 'atLeast' in bound ? `>= ${bound.atLeast}` : `<= ${bound.atMost}`;
}

function format(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}
