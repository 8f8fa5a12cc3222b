import { randomUUID } from 'node:crypto';
import { SCOPE_NAMES } from '@reqbase/auth';
import { recording, seedKey, seedProject, seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listProcedures } from '../../procedures.ts';
import { createServices } from '../../services.ts';
import { type Caller, callAs, callAsKey, callAsUser, openTestCore, outcomeOf, refusalOf, type TestCore } from '../../testing.ts';
import { driftOf, seedConversation, seedRequester, startConversation } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let me: Caller;

beforeAll(async () => {
  core = await openTestCore();
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core, { plan: 'scale' });
  me = callAsUser(core, tenant.user);
});

const ofProject = () => ({ projectId: tenant.project.id });

/** An input of every procedure of the slice, about the conversation `id`. */
const ABOUT: Readonly<Record<string, (id: string) => object>> = {
  list: ofProject,
  get: (id) => ({ ...ofProject(), id }),
  getThread: (id) => ({ ...ofProject(), id }),
  listMessages: (id) => ({ ...ofProject(), id }),
  reply: (id) => ({ ...ofProject(), id, body: 'A reply' }),
  create: () => ({ ...ofProject(), requesterId: randomUUID(), body: 'Hello' }),
  update: (id) => ({ ...ofProject(), id, priority: 'high', ifVersion: 9 }),
  markRead: (id) => ({ ...ofProject(), id, upToMessageId: randomUUID() }),
  markUnread: (id) => ({ ...ofProject(), id }),
  remove: (id) => ({ ...ofProject(), id }),
  listEvents: (id) => ({ ...ofProject(), id }),
  counts: ofProject,
};
const SLICE = listProcedures().filter(({ path }) => path.startsWith('conversations.'));
const nameOf = ({ path }: { readonly path: string }) => path.split('.')[1] ?? '';
const ABOUT_ONE = SLICE.filter(({ input }) => 'id' in input.shape).map(nameOf);

function call(caller: Caller, name: string, id: string): Promise<unknown> {
  const act = (caller.conversations as unknown as Record<string, (input: object) => Promise<unknown>>)[name];
  return act?.(ABOUT[name]?.(id) ?? {}) ?? Promise.reject(new Error(`no procedure ${name}`));
}

it('every procedure of the slice is tried here', () => {
  expect(SLICE.map(nameOf).toSorted()).toEqual(Object.keys(ABOUT).toSorted());
  expect(ABOUT_ONE.length).toBe(9);
});

describe('the id of', () => {
  const startedIn = async (of: Pick<TestTenant, 'project'>) =>
    (await startConversation(core, of, await seedRequester(core, of))).conversationId;
  it.each<[string, () => Promise<string>]>([
    ['another organization’s conversation', async () => startedIn(await seedTenant(core))],
    ['another project’s of the organization', async () => startedIn({ project: await seedProject(core, tenant.organization) })],
    ['a deleted conversation', () => seedConversation(core, tenant, { deletedAt: core.clock.now() })],
    ['a message', async () => (await startConversation(core, tenant, await seedRequester(core, tenant))).messageId],
  ])('%s is answered as one of nothing, by every procedure, and nothing happens to it', async (_what, seed) => {
    const id = await seed();
    const state = () =>
      Promise.all([
        core.db.prisma.conversation.findUnique({ where: { id } }),
        core.db.prisma.message.findMany({ where: { conversationId: id } }),
        core.db.prisma.conversationEvent.count({ where: { conversationId: id } }),
        core.db.prisma.auditEntry.count({ where: { orgId: tenant.organization.id } }),
        core.db.prisma.liveEvent.count(),
      ]);
    const before = await state();
    for (const name of ABOUT_ONE) {
      const [refusal, ofNothing] = [await refusalOf(call(me, name, id)), await refusalOf(call(me, name, randomUUID()))];
      expect(refusal, name).toEqual({
        status: 404,
        code: 'CONVERSATION_NOT_FOUND',
        message: 'Conversation not found',
        issues: [],
      });
      expect(JSON.stringify(refusal), name).toBe(JSON.stringify(ofNothing));
    }
    expect(await state()).toEqual(before);
  });

  it.each(['1', 'not-a-uuid', '\0'])('"%s" is no id', async (id) => {
    for (const name of ABOUT_ONE) expect(await outcomeOf(call(me, name, id)), name).toBe('BAD_REQUEST');
  });

  it('another project’s requester or feature finds nothing in a list', async () => {
    const other = await seedTenant(core);
    const grace = await seedRequester(core, other);
    await startConversation(core, other, grace);
    expect((await me.conversations.list({ ...ofProject(), requesterId: grace.id })).items).toEqual([]);
    expect((await me.conversations.list({ ...ofProject(), assigneeId: other.user.id })).items).toEqual([]);
  });
});

describe('without the scope', () => {
  it('for conversations nothing of them is there, whatever else the key may do', async () => {
    const { conversationId: id } = await startConversation(core, tenant, await seedRequester(core, tenant));
    const before = await core.db.prisma.conversation.findUniqueOrThrow({ where: { id } });
    const blind = await callAsKey(core, tenant, { scopes: SCOPE_NAMES.filter((scope) => !scope.startsWith('conversations:')) });
    for (const { path, need } of SLICE)
      expect(await refusalOf(call(blind, nameOf({ path }), id)), path).toMatchObject({
        code: 'INSUFFICIENT_SCOPE',
        detail: { requiredScope: need.scope },
      });
    expect(await core.db.prisma.conversation.findUniqueOrThrow({ where: { id } })).toEqual(before);
  });

  it.each<[string, readonly string[]]>([
    ['conversations:read', ['counts', 'get', 'getThread', 'list', 'listEvents', 'listMessages']],
    [
      'conversations:write',
      ['counts', 'get', 'getThread', 'list', 'listEvents', 'listMessages', 'markRead', 'markUnread', 'reply', 'update'],
    ],
    ['conversations:delete', ['remove']],
    ['write', ['counts', 'get', 'getThread', 'list', 'listEvents', 'listMessages', 'markRead', 'markUnread', 'reply', 'update']],
    ['backlog:admin', []],
  ])('that a procedure asks for, %s opens no other', async (scope, opened) => {
    const caller = await callAsKey(core, tenant, { scopes: [scope], projectId: null });
    const admitted: string[] = [];
    for (const name of Object.keys(ABOUT)) {
      const { conversationId: id } = await startConversation(core, tenant, await seedRequester(core, tenant));
      const outcome = await outcomeOf(call(caller, name, id));
      // Refused by what it is about and not by the gate: it has been let in.
      const isIn = ['admitted', 'PRECONDITION_FAILED', 'BAD_REQUEST'].includes(outcome);
      if (isIn) admitted.push(name);
      else expect(['INSUFFICIENT_SCOPE', 'REQUESTER_NOT_FOUND'], name).toContain(outcome);
    }
    expect(admitted.toSorted()).toEqual(opened);
    expect(await driftOf(core)).toEqual([]);
  });
});

describe('a reading call by key', () => {
  it.each([
    ['list', { status: ['unresolved'], q: 'dark', tag: ['a'] }],
    ['listMessages', {}],
    ['listMessages', { limit: 5 }],
    ['listEvents', {}],
    ['counts', {}],
  ])('%s costs one statement beside the look-up and the meter’s, and none of Prisma’s', async (name, more) => {
    const { conversationId: id } = await startConversation(core, tenant, await seedRequester(core, tenant));
    const sql = recording(core.db.sql);
    const operations: string[] = [];
    const prisma = core.db.prisma.$extends({
      query: {
        $allOperations({ model, operation, args, query }) {
          operations.push(`${model}.${operation}`);
          return query(args);
        },
      },
    });
    const db = { ...core.db, sql, prisma: prisma as never };
    const services = createServices({ db, secret: TEST_SECRET, defaultPlan: 'free', clock: core.clock.now });
    const key = await seedKey(core, tenant, { scopes: ['conversations:read'] });
    const caller = callAs({ core: services }, key.credential, { surface: 'project' }).conversations as unknown as Record<
      string,
      (input: object) => Promise<unknown>
    >;
    const read = () =>
      caller[name]?.({ projectId: tenant.project.slug, ...('id' in (ABOUT[name]?.('') ?? {}) && { id }), ...more });
    await read();
    sql.statements.length = 0;
    await read();
    expect(sql.statements).toHaveLength(3);
    expect(sql.statements[2]).toContain('from conversation');
    expect(operations).toEqual([]);
    // The recorder does see Prisma: a single read goes through it.
    await caller['get']?.({ projectId: tenant.project.slug, id });
    expect(operations).toEqual(['Conversation.findFirst']);
  });
});
