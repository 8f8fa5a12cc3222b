import { describe, expect, it } from 'vitest';
import { changedFields } from './changed-fields.ts';
import { changesText } from './changes-text.ts';
import { webAddress } from './web-address.ts';

describe('what a scan has brought, in a line', () => {
  const none = { added: 0, removed: 0, changed: 0, operationIds: 0 };
  it.each([
    ['First scan', { previousScanId: null, unchanged: false, changes: { ...none, added: 3 } }],
    ['Unchanged', { previousScanId: 'x', unchanged: true, changes: none }],
    ['No endpoint changed', { previousScanId: 'x', unchanged: false, changes: none }],
    [
      '1 removed, 2 changed, 1 operation id',
      { previousScanId: 'x', unchanged: false, changes: { added: 0, removed: 1, changed: 2, operationIds: 1 } },
    ],
  ])('is “%s”', (text, run) => {
    expect(changesText(run)).toBe(text);
  });
});

describe('what is otherwise in an endpoint', () => {
  const before = { method: 'GET', path: '/a', operationId: 'a', tags: [], summary: null } as const;
  const endpoint = { ...before, tags: [] as string[] };

  it('is told field by field, without its fingerprint', () => {
    const after = { ...endpoint, operationId: null, tags: ['A', 'B'], deprecated: true };
    expect(changedFields({ fields: ['operationId', 'tags', 'deprecated', 'fingerprint'], before: endpoint, after })).toEqual([
      { field: 'Operation id', from: 'a', to: 'none' },
      { field: 'Tags', from: 'none', to: 'A, B' },
      { field: 'Deprecated', from: 'no', to: 'yes' },
    ]);
  });

  it('is in its depths where the fingerprint alone is another', () => {
    expect(changedFields({ fields: ['fingerprint'], before: endpoint, after: endpoint })).toMatchObject([
      { field: 'Definition' },
    ]);
  });
});

it.each([
  ['https://ci.example.com/builds/7', 'https://ci.example.com/builds/7'],
  ['http://ci.example.com', 'http://ci.example.com/'],
  ['javascript:alert(1)', null],
  ['data:text/html,x', null],
  ['builds/7', null],
])('%s leads to %s', (text, href) => {
  expect(webAddress(text)?.href ?? null).toBe(href);
});
