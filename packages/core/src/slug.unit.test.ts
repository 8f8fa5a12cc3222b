import { expect, it } from 'vitest';
import { slugOf } from './slug.ts';

it.each([
  ['Shop', 'shop'],
  ['Zürich crème', 'zurich-creme'],
  ['Zu\u0308rich', 'zurich'],
  ['Việt Nam', 'viet-nam'],
  ['ﬁne №5', 'fine-no5'],
  ['  Acme & Sons, Ltd. ', 'acme-sons-ltd'],
  ['東京', ''],
  ['\u0301', ''],
  [`${'a'.repeat(59)} b`, 'a'.repeat(59)],
])('%j is "%s" in an address', (name, slug) => {
  expect(slugOf(name)).toBe(slug);
});
