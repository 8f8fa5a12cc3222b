import { expect, it, vi } from 'vitest';
import { createDrafts } from './drafts.ts';

function memory(entries: Record<string, string> = {}) {
  const stored = new Map(Object.entries(entries));
  return {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
    keys: () => [...stored.keys()],
  };
}

it('a draft is there again after a reload, for its own conversation', () => {
  const storage = memory();
  createDrafts(storage).write('a', { body: 'Hello', isInternal: true });
  const drafts = createDrafts(storage);
  expect(drafts.read('a')).toEqual({ body: 'Hello', isInternal: true });
  expect(drafts.read('b')).toEqual({ body: '', isInternal: false });
});

it('an emptied draft leaves nothing behind', () => {
  const storage = memory();
  const drafts = createDrafts(storage);
  drafts.write('a', { body: 'Hello', isInternal: false });
  drafts.write('a', { body: '  ', isInternal: true });
  expect(storage.keys()).toEqual([]);
  expect(drafts.read('a').isInternal).toBe(true);
});

it('what could not be sent comes back, and what was typed since stays', () => {
  const drafts = createDrafts(memory());
  drafts.putBack('a', { body: 'Sent', isInternal: false });
  expect(drafts.read('a')).toEqual({ body: 'Sent', isInternal: false });
  drafts.write('a', { body: 'Typed since', isInternal: true });
  drafts.putBack('a', { body: 'Sent', isInternal: false });
  expect(drafts.read('a')).toEqual({ body: 'Sent\n\nTyped since', isInternal: false });
});

it('tells who listens, and gives the same object until something changes', () => {
  const drafts = createDrafts(memory());
  const listener = vi.fn();
  const stop = drafts.subscribe(listener);
  const before = drafts.read('a');
  expect(drafts.read('a')).toBe(before);
  drafts.write('a', { body: 'x', isInternal: false });
  stop();
  drafts.write('a', { body: 'y', isInternal: false });
  expect(listener).toHaveBeenCalledTimes(1);
});

it('reads nothing from what is no draft, and goes on where the browser keeps nothing', () => {
  const odd = createDrafts(memory({ a: '{', b: '7', c: '{"body":7}', d: '{"body":"x","isInternal":"yes"}' }));
  for (const key of ['a', 'b', 'c']) expect(odd.read(key).body).toBe('');
  expect(odd.read('d')).toEqual({ body: 'x', isInternal: false });

  const forbidden = () => {
    throw new DOMException('no', 'SecurityError');
  };
  const drafts = createDrafts({ getItem: forbidden, setItem: forbidden, removeItem: forbidden });
  drafts.write('a', { body: 'kept', isInternal: false });
  expect(drafts.read('a').body).toBe('kept');
});
