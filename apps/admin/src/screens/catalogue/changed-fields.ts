import type { catalogueSchemas } from '@reqbase/core/contract';

type Change = catalogueSchemas.ScanComparison['changed'][number];
type Field = Change['fields'][number];

const FIELD_WORDS: Readonly<Record<Exclude<Field, 'fingerprint'>, string>> = {
  path: 'Path',
  operationId: 'Operation id',
  tags: 'Tags',
  summary: 'Summary',
  deprecated: 'Deprecated',
};

/** What is otherwise in an endpoint, from what to what. */
export function changedFields({ fields, before, after }: Change): { field: string; from: string; to: string }[] {
  const named = fields.filter((field) => field !== 'fingerprint');
  // What is in the operation's depths is told only where nothing else says that it changed.
  if (named.length === 0) return [{ field: 'Definition', from: 'as it was', to: 'parameters, body or answers are others' }];
  return named.map((field) => ({ field: FIELD_WORDS[field], from: textOf(before[field]), to: textOf(after[field]) }));
}

function textOf(value: string | boolean | string[] | null | undefined): string {
  if (typeof value === 'boolean' || value === undefined) return value === true ? 'yes' : 'no';
  const text = Array.isArray(value) ? value.join(', ') : value;
  return text === null || text === '' ? 'none' : text;
}
