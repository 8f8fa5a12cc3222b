import { randomUUID } from 'node:crypto';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsKey, callAsUser, openTestCore, outcomeOf, runJobs, type TestCore } from '../../testing.ts';
import { seedPerson } from '../members/testing.ts';
import { driftOf, seedRequester, startConversation } from './testing.ts';

let t: TestCore;
let tenant: TestTenant;
let me: Caller;
let id: string;

beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.db.close());
beforeEach(async () => {
  tenant = await seedTenant(t);
  me = callAsUser(t, tenant.user);
  id = (await startConversation(t, tenant, await seedRequester(t, tenant), { body: 'Hello?' })).conversationId;
});

type Message = { readonly body?: string; readonly isInternal?: boolean; readonly id?: string };
const send = (clientMessageId: string | undefined, message: Message = {}, by = me) =>
  by.conversations.reply({ projectId: tenant.project.id, id, body: 'Solved', ...message, clientMessageId });
const bodies = async (conversationId = id) =>
  (await t.db.prisma.message.findMany({ where: { conversationId }, orderBy: { seq: 'asc' } })).map(({ body }) => body);

describe('a reply that is sent again because its answer was lost', () => {
  it('is there once, tells once, is audited once, and is answered as the first time', async () => {
    const messageId = randomUUID();
    const first = await send(messageId);
    t.clock.advance(3 * 86_400_000);
    expect(await send(messageId)).toEqual(first);
    expect(await bodies()).toEqual(['Hello?', 'Solved']);
    expect(await t.db.prisma.notification.count({ where: { conversationId: id, type: 'message.replied' } })).toBe(1);
    expect(await t.db.prisma.auditEntry.count({ where: { resourceId: first.id } })).toBe(1);
    expect(await driftOf(t)).toEqual([]);
    await runJobs(t.core);
  });

  it('is there once however many arrive at the same time', async () => {
    const messageId = randomUUID();
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(messageId)));
    expect(new Set(answers.map((answer) => answer.id)).size).toBe(1);
    expect(await bodies()).toEqual(['Hello?', 'Solved']);
  });

  it('is answered after the conversation was closed too', async () => {
    const messageId = randomUUID();
    const first = await send(messageId);
    await me.conversations.update({ projectId: tenant.project.id, id, status: 'closed' });
    expect(await send(messageId)).toEqual(first);
    expect(await outcomeOf(send(randomUUID()))).toBe('CONFLICT');
  });

  it('is a conflict with another text, as another kind, or by somebody else: nothing is lost unsaid, or shown to whom it is not for', async () => {
    const messageId = randomUUID();
    await send(messageId, { body: 'INTERNAL', isInternal: true });
    const other = callAsUser(t, await seedPerson(t, tenant, { project: 'developer' }));
    const again = { body: 'INTERNAL', isInternal: true };
    expect(await outcomeOf(send(messageId, { ...again, body: 'INTERNAL, and more' }))).toBe('IDEMPOTENCY_CONFLICT');
    expect(await outcomeOf(send(messageId, { ...again, isInternal: false }))).toBe('IDEMPOTENCY_CONFLICT');
    expect(await outcomeOf(send(messageId, again, other))).toBe('IDEMPOTENCY_CONFLICT');
    expect(await bodies()).toEqual(['Hello?', 'INTERNAL']);
  });
});

it('the id of a message is of its conversation: the same in another one is another message', async () => {
  const messageId = randomUUID();
  const other = (await startConversation(t, tenant, await seedRequester(t, tenant), { body: 'Hi' })).conversationId;
  await send(messageId);
  await send(messageId, { id: other });
  expect([await bodies(), await bodies(other)]).toEqual([
    ['Hello?', 'Solved'],
    ['Hi', 'Solved'],
  ]);
});

it('replies without an id are as many as are sent', async () => {
  await send(undefined);
  await send(undefined, {}, await callAsKey(t, tenant, { scopes: ['conversations:write'] }));
  expect(await bodies()).toEqual(['Hello?', 'Solved', 'Solved']);
});
