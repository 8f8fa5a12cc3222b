import { describe, expect, it, vi } from 'vitest';
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

/** As one page has them; the ids are a, b, c … */
function page(storage = memory()) {
  let count = 0;
  return createDrafts(storage, () => String.fromCharCode('a'.charCodeAt(0) + count++));
}

describe('a draft', () => {
  it('is there again after a reload, each for itself', () => {
    const storage = memory();
    page(storage).write('reply', 'Hello');
    const drafts = page(storage);
    expect(drafts.read('reply')).toEqual({ body: 'Hello', messageId: null });
    expect(drafts.read('note')).toEqual({ body: '', messageId: null });
  });

  it('that is emptied leaves nothing behind', () => {
    const storage = memory();
    const drafts = page(storage);
    drafts.write('reply', 'Hello');
    drafts.write('reply', '  ');
    expect(storage.keys()).toEqual([]);
    expect(drafts.send('reply')).toBeNull();
  });

  it('tells who listens, and is the same object until something changes', () => {
    const drafts = page();
    const listener = vi.fn();
    const stop = drafts.subscribe(listener);
    const before = drafts.read('reply');
    expect(drafts.read('reply')).toBe(before);
    drafts.write('reply', 'x');
    stop();
    drafts.write('reply', 'y');
    expect(listener).toHaveBeenCalledTimes(1);
  });

  it('is none for what is none, and goes on where the browser keeps nothing', () => {
    const odd = {
      a: '{',
      b: '7',
      c: '{"draft":{"body":7}}',
      d: '{"draft":null,"onItsWay":[7,{"body":"x"}]}',
      e: '{"onItsWay":7}',
    };
    const drafts = page(memory(odd));
    for (const key of Object.keys(odd)) expect(drafts.read(key)).toEqual({ body: '', messageId: null });

    const forbidden = () => {
      throw new DOMException('no', 'SecurityError');
    };
    const kept = page({ ...memory(), getItem: forbidden, setItem: forbidden, removeItem: forbidden });
    kept.write('reply', 'kept');
    expect(kept.read('reply').body).toBe('kept');
  });
});

describe('what is sent', () => {
  it('and taken back is before what was typed since, of its own kind alone', () => {
    const drafts = page();
    drafts.write('reply', 'Public answer');
    const sent = drafts.send('reply');
    drafts.write('note', 'INTERNAL');
    drafts.write('reply', 'Typed since');
    drafts.takeBack('reply', sent?.messageId ?? '');
    expect(drafts.read('reply').body).toBe('Public answer\n\nTyped since');
    expect(drafts.read('note').body).toBe('INTERNAL');
  });

  it('stays stored until it has arrived', () => {
    const storage = memory();
    const drafts = page(storage);
    drafts.write('reply', 'Hello');
    expect(drafts.send('reply')).toEqual({ messageId: 'a', body: 'Hello' });
    expect([drafts.read('reply').body, drafts.isOnItsWay('reply', 'a')]).toEqual(['', true]);
    // The page that had sent it is gone.
    expect(page(storage).read('reply')).toEqual({ body: 'Hello', messageId: 'a' });
    drafts.arrive('reply', 'a');
    expect([storage.keys(), drafts.isOnItsWay('reply', 'a')]).toEqual([[], false]);
  });

  it('comes back with all that waited behind it and what was typed since, in order, when its page is gone', () => {
    const storage = memory();
    const drafts = page(storage);
    for (const body of ['One', 'Two']) {
      drafts.write('reply', body);
      drafts.send('reply');
    }
    drafts.write('reply', 'Three');
    expect(page(storage).read('reply')).toEqual({ body: 'One\n\nTwo\n\nThree', messageId: 'a' });
  });

  it('and fails comes back with all that waited behind it: nothing overtakes it', () => {
    const drafts = page();
    for (const body of ['One', 'Two']) {
      drafts.write('reply', body);
      drafts.send('reply');
    }
    drafts.fail('reply', 'a', { isTaken: false });
    expect(drafts.read('reply')).toEqual({ body: 'One\n\nTwo', messageId: 'a' });
    expect(drafts.isOnItsWay('reply', 'b')).toBe(false);
  });

  it('again after a failure goes out under the id that it had, changed or not', () => {
    const drafts = page();
    drafts.write('reply', 'Hello');
    drafts.send('reply');
    drafts.fail('reply', 'a', { isTaken: false });
    drafts.write('reply', 'Hello, you');
    expect(drafts.send('reply')).toEqual({ messageId: 'a', body: 'Hello, you' });
    drafts.takeBack('reply', 'a');
    expect(drafts.send('reply')?.messageId).toBe('a');
  });

  it('as another text goes out under another id', () => {
    const drafts = page();
    drafts.write('reply', 'Hello');
    drafts.send('reply');
    drafts.fail('reply', 'a', { isTaken: false });
    drafts.write('reply', '');
    drafts.write('reply', 'Something else');
    expect(drafts.send('reply')).toEqual({ messageId: 'b', body: 'Something else' });
    drafts.arrive('reply', 'b');
    drafts.write('reply', 'And more');
    expect(drafts.send('reply')?.messageId).toBe('c');
  });

  it('under an id that another text has arrived under comes back without it', () => {
    const drafts = page();
    drafts.write('reply', 'Hello, you');
    drafts.send('reply');
    drafts.fail('reply', 'a', { isTaken: true });
    expect(drafts.read('reply')).toEqual({ body: 'Hello, you', messageId: null });
  });
});
