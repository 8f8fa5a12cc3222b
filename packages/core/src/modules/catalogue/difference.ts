import { endpointIdentity } from './identity.ts';
import type { NormalizedEndpoint } from './ingest-schema.ts';
import type { ScanComparison } from './schema.ts';

export type Difference = Pick<ScanComparison, 'added' | 'removed' | 'changed' | 'operationIds' | 'endpointDrop'>;

const FIELDS = ['path', 'operationId', 'tags', 'summary', 'deprecated', 'fingerprint'] as const;
/** Of the endpoints of before: with more than this gone, the file is likely another one. */
const DROP = 0.3;

/** What is otherwise in the endpoints of a scan than in those of another: a pure function of both. */
export function differenceOf(before: readonly NormalizedEndpoint[], after: readonly NormalizedEndpoint[]): Difference {
  const known = new Map(before.map((endpoint) => [endpointIdentity(endpoint), endpoint]));
  const added: NormalizedEndpoint[] = [];
  const changed: Difference['changed'] = [];
  for (const endpoint of after) {
    const identity = endpointIdentity(endpoint);
    const former = known.get(identity);
    known.delete(identity);
    if (former === undefined) added.push(endpoint);
    const fields = former === undefined ? [] : FIELDS.filter((field) => isOther(former, endpoint, field));
    if (former !== undefined && fields.length > 0) changed.push({ fields, before: former, after: endpoint });
  }
  const removed = [...known.values()];
  const operationIds = changed
    .filter(({ fields }) => fields.includes('operationId'))
    .map(({ before: from, after: { method, path, operationId } }) => ({
      method,
      path,
      before: from.operationId,
      after: operationId,
    }));
  return { added, removed, changed, operationIds, endpointDrop: removed.length > before.length * DROP };
}

/** What a scan does not tell is no change. The order of tags has no meaning. */
function isOther(before: NormalizedEndpoint, after: NormalizedEndpoint, field: (typeof FIELDS)[number]): boolean {
  if (field === 'tags') return JSON.stringify(before.tags.toSorted()) !== JSON.stringify(after.tags.toSorted());
  if (field === 'deprecated') return (before.deprecated ?? false) !== (after.deprecated ?? false);
  if (field === 'fingerprint')
    return before.fingerprint !== undefined && after.fingerprint !== undefined && before.fingerprint !== after.fingerprint;
  return before[field] !== after[field];
}
