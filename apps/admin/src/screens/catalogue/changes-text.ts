import type { catalogueSchemas } from '@reqbase/core/contract';
import { formatCount, plural } from '../../ui/number-format.ts';

type Run = Pick<catalogueSchemas.ScanRun, 'previousScanId' | 'unchanged' | 'changes'>;

/** What a scan has brought since the one before, in a line. */
export function changesText({ previousScanId, unchanged, changes }: Run): string {
  if (previousScanId === null) return 'First scan';
  if (unchanged) return 'Unchanged';
  const { added, removed, changed, operationIds } = changes;
  const parts = [
    added > 0 && `${formatCount(added)} added`,
    removed > 0 && `${formatCount(removed)} removed`,
    changed > 0 && `${formatCount(changed)} changed`,
    operationIds > 0 && plural(operationIds, 'operation id'),
  ].filter((part) => part !== false);
  // The description is another, and the endpoints of it are not.
  return parts.length === 0 ? 'No endpoint changed' : parts.join(', ');
}
