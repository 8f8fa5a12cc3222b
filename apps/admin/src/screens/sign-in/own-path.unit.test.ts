import { describe, expect, it } from 'vitest';
import { ownPath } from './own-path.ts';

describe('after signing in', () => {
  it.each(['/', '/projects/demo/backlog?status=COMPLETED&q=a', '/organizations/acme/api-keys#top'])(
    '%s is gone back to',
    (path) => {
      expect(ownPath(path)).toBe(path);
    },
  );

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example/',
    'javascript:alert(1)',
    '\t//evil.example',
    '/\t/evil.example',
    '',
    7,
    undefined,
  ])('%j leads nowhere', (path) => {
    expect(ownPath(path)).toBeNull();
  });
});
