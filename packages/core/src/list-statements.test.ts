import { seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { recordStatements } from '@reqbase/db/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { ingest } from './modules/catalogue/testing.ts';
import { findingOf, scanOf } from './modules/catalogue/testing-scan.ts';
import { seedConnectedApp } from './modules/connected-apps/testing.ts';
import { seedRequester, startConversation } from './modules/conversations/testing.ts';
import { seedInvitation, seedPerson } from './modules/members/testing.ts';
import { seedDelivery, seedWebhook } from './modules/webhooks/testing.ts';
import { listProcedures, type ProcedureFacts } from './procedures.ts';
import { createServices } from './services.ts';
import { callAsUser, openTestCore, type TestCore } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let ids: { webhook: string; feature: string; conversation: string; service: string; scan: string };

beforeAll(async () => {
  core = await openTestCore();
  tenant = await seedTenant(core, { plan: 'scale' });
  const me = callAsUser(core, tenant.user);
  const projectId = tenant.project.id;
  const feature = await me.backlog.create({ projectId, title: 'Dark mode', tags: ['ui'], requester: { externalId: 'u1' } });
  await me.backlog.createComment({ projectId, id: feature.id, body: 'Planned.' });
  await me.apiKeys.create({ projectId, name: 'A key', scopes: ['backlog:read'] });
  await me.organizationKeys.create({ organizationId: tenant.organization.id, name: 'A key', scopes: ['backlog:read'] });
  await me.announcements.send({ projectId, title: 'Dark mode is here', body: 'Thank you for asking!' });
  await core.db.prisma.serviceAccount.create({
    data: { id: core.core.newId(), orgId: tenant.organization.id, name: 'Robot', role: 'developer' },
  });
  await seedPerson(core, tenant, { project: 'viewer' });
  await seedInvitation(core, tenant, { role: 'viewer' });
  const { conversationId } = await startConversation(core, tenant, await seedRequester(core, tenant));
  await me.conversations.update({ projectId, id: conversationId, priority: 'high' });
  await seedConnectedApp(core, tenant);
  const webhookId = await seedWebhook(core, tenant);
  await seedDelivery(core, { webhookId });
  const { id: scan, serviceId } = await ingest(core, tenant, scanOf({ findings: [findingOf()] }));
  const place = { organizationId: tenant.organization.id, id: serviceId, name: 'Nightly' };
  await me.services.createEnvironment(place);
  await me.services.createWorkflow(place);
  ids = { webhook: webhookId, feature: feature.id, conversation: conversationId, service: serviceId, scan };
});
afterAll(() => core.db.close());

/** Whether a procedure gives a page of a list, or the whole of one. */
function isList({ type, output }: ProcedureFacts): boolean {
  if (output instanceof z.ZodUnion) return output.options.some((option) => option instanceof z.ZodArray);
  return type === 'query' && output instanceof z.ZodObject && output.shape['items'] instanceof z.ZodArray;
}

// But for those that list no rows: the scopes are a table of the code's own.
const LISTS = listProcedures().filter((facts) => isList(facts) && !facts.path.endsWith('.grantable'));
/** The minutes in which keys were used are the meter's to tell. */
const ASK_THE_METER = ['apiKeys.list', 'organizationKeys.list', 'connectedApps.list', 'connectedApps.listOwn'];

it.each(LISTS.map(({ path, input }) => [path, input] as const))(
  '%s costs one statement beside the look-up',
  async (path, input) => {
    const { db, statements } = recordStatements(core.db);
    const services = createServices({ db, secret: TEST_SECRET, defaultPlan: 'free', clock: core.clock.now });
    const [slice = '', name = ''] = path.split('.');
    const caller = callAsUser({ core: services }, tenant.user) as unknown as Record<
      string,
      Record<string, (input: object) => Promise<{ items: unknown[] } | unknown[]>>
    >;
    const all = {
      projectId: tenant.project.id,
      organizationId: tenant.organization.id,
      webhookId: ids.webhook,
      id: { conversations: ids.conversation, services: ids.service, scans: ids.scan }[slice] ?? ids.feature,
    };
    const named = Object.fromEntries(Object.entries(all).filter(([field]) => field in input.shape));
    const answer = await caller[slice]?.[name]?.(named);
    expect(answer).not.toMatchObject({ items: [] });
    expect(answer).not.toEqual([]);
    expect(statements.slice(1)).toHaveLength(ASK_THE_METER.includes(path) ? 2 : 1);
    if (ASK_THE_METER.includes(path)) expect(statements[2]).toContain('from key_rate');
  },
);
