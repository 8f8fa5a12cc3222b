import { conversationSchemas } from '@reqbase/core/contract';
import { expect, it } from 'vitest';
import { newMessageId } from './message-id.ts';

it('is a UUID of version 4 as the API takes it, and another one each time', () => {
  const ids = Array.from({ length: 200 }, newMessageId);
  const { clientMessageId } = conversationSchemas.Reply.shape;
  for (const id of ids) {
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(clientMessageId.parse(id)).toBe(id);
  }
  expect(new Set(ids).size).toBe(200);
});
