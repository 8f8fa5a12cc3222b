import { randomUUID } from 'node:crypto';
import { seedKey, seedTenant, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import type { BoundProcedure } from '@reqbase/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openInstallation, send, type TestInstallation } from './testing.ts';
import { describeDocument, documentOf } from './testing-documents.ts';

// The document of the organization surface against the server: what every operation answers with success, what the gates
// refuse it with, and what is not there. The other codes that it names are provoked on the surfaces that have them too.

const documented = documentOf('org');
const { operations: OPERATIONS, expectDocumented } = documented;

describeDocument('org', documented);

let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;
let ids: Record<
  'side' | 'key' | 'revocable' | 'rotatable' | 'account' | 'feature' | 'contact' | 'conversation' | 'webhook',
  string
>;

type Call = { readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'; readonly path: string; readonly body?: object };

beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation, { plan: 'scale' });
  key = await seedKey(installation, tenant, { scopes: ['admin'], projectId: null });
  const made = async (path: string, body: object): Promise<string> =>
    (await send(installation, { method: 'POST', url: `/api/v1${path}`, headers: { 'x-api-key': key.raw }, payload: body })).body
      .data.id;
  const spare = async () => (await seedKey(installation, tenant, { projectId: null })).id;
  const contact = await made(inProject('/contacts'), { external_id: 'u1', name: 'Ada', metadata: { plan: 'team' } });
  ids = {
    side: await made(inOrganization('/projects'), { name: 'Side' }),
    key: await spare(),
    revocable: await spare(),
    rotatable: await spare(),
    account: await made(inOrganization('/service-accounts'), { name: 'Builds', role: 'developer' }),
    feature: await made(inProject('/features'), { title: 'Dark mode', tags: ['ui'] }),
    contact,
    conversation: await made(inProject('/conversations'), { contact_id: contact, content: 'Hello' }),
    webhook: await made(inProject('/webhooks'), { url: 'https://example.com/hook', events: ['*'] }),
  };
});
afterAll(() => installation.close());

const inProject = (path: string) => `/projects/${tenant.project.id}${path}`;
const inOrganization = (path: string) => `/orgs/${tenant.organization.id}${path}`;
const get = (path: string): Call => ({ path });
const post = (path: string, body: object = {}): Call => ({ method: 'POST', path, body });
const patch = (path: string, body: object): Call => ({ method: 'PATCH', path, body });
const remove = (path: string): Call => ({ method: 'DELETE', path });

/** A call that succeeds, for each operation: one that gets bound must be given one here. */
const SAMPLES: Readonly<Record<string, () => Call>> = {
  'members.me': () => get('/me'),
  'apiKeys.explainOwn': () => get('/me/can?scope=backlog:read'),
  'organizationProjects.list': () => get(inOrganization('/projects')),
  'organizationProjects.create': () => post(inOrganization('/projects'), { name: `Shop ${randomUUID()}` }),
  'projects.get': () => get(inOrganization(`/projects/${tenant.project.id}`)),
  'projects.update': () => patch(inOrganization(`/projects/${tenant.project.id}`), { timezone: 'Europe/Berlin' }),
  'projects.remove': () => remove(inOrganization(`/projects/${ids.side}`)),
  'organizationKeys.list': () => get(inOrganization('/keys')),
  'organizationKeys.get': () => get(inOrganization(`/keys/${ids.key}`)),
  'organizationKeys.grantable': () => get(inOrganization('/keys/grantable')),
  'organizationKeys.create': () => post(inOrganization('/keys'), { name: 'Export', scopes: ['read'] }),
  'organizationKeys.update': () => patch(inOrganization(`/keys/${ids.key}`), { name: 'Another name' }),
  'organizationKeys.rotate': () => post(inOrganization(`/keys/${ids.rotatable}/rotate`)),
  'organizationKeys.revoke': () => post(inOrganization(`/keys/${ids.revocable}/revoke`)),
  'serviceAccounts.list': () => get(inOrganization('/service-accounts')),
  'serviceAccounts.get': () => get(inOrganization(`/service-accounts/${ids.account}`)),
  'serviceAccounts.create': () => post(inOrganization('/service-accounts'), { name: randomUUID(), role: 'viewer' }),
  'serviceAccounts.update': () => patch(inOrganization(`/service-accounts/${ids.account}`), { role: 'viewer' }),
  'serviceAccounts.disable': () => post(inOrganization(`/service-accounts/${ids.account}/disable`)),
  'serviceAccounts.enable': () => post(inOrganization(`/service-accounts/${ids.account}/enable`)),
  'audit.list': () => get(inOrganization('/audit-log')),
  'audit.checkpoint': () => get(inOrganization('/audit-log/checkpoint')),
  'backlog.list': () => get(inProject('/features')),
  'backlog.get': () => get(inProject(`/features/${ids.feature}`)),
  'backlog.create': () => post(inProject('/features'), { title: 'Light mode', requester: { external_id: 'u1' } }),
  'backlog.changeStatus': () => patch(inProject(`/features/${ids.feature}`), { status: 'COMPLETED', completion_kind: 'SHIPPED' }),
  'conversations.list': () => get(inProject('/conversations')),
  'conversations.get': () => get(inProject(`/conversations/${ids.conversation}`)),
  'conversations.create': () => post(inProject('/conversations'), { contact_id: ids.contact, content: 'Hello again' }),
  'conversations.update': () => patch(inProject(`/conversations/${ids.conversation}`), { priority: 'high' }),
  'conversations.listMessages': () => get(inProject(`/conversations/${ids.conversation}/messages`)),
  'conversations.reply': () => post(inProject(`/conversations/${ids.conversation}/messages`), { content: 'A reply' }),
  'requesters.list': () => get(inProject('/contacts')),
  'requesters.get': () => get(inProject(`/contacts/${ids.contact}`)),
  'requesters.upsert': () => post(inProject('/contacts'), { external_id: 'u2', job_title: 'Engineer' }),
  'requesters.update': () => patch(inProject(`/contacts/${ids.contact}`), { company: 'Example' }),
  'widget.get': () => get(inProject('/widget/config')),
  'widget.update': () => patch(inProject('/widget/config'), { theme: 'dark' }),
  'webhooks.list': () => get(inProject('/webhooks')),
  'webhooks.get': () => get(inProject(`/webhooks/${ids.webhook}`)),
  'webhooks.create': () => post(inProject('/webhooks'), { url: 'https://example.com/another', events: ['feature.*'] }),
  'webhooks.update': () => patch(inProject(`/webhooks/${ids.webhook}`), { events: ['feature.*'] }),
  'webhooks.test': () => post(inProject(`/webhooks/${ids.webhook}/test`)),
  'webhooks.deliveries': () => get(inProject(`/webhooks/${ids.webhook}/deliveries`)),
  'webhooks.rotateSecret': () => post(inProject(`/webhooks/${ids.webhook}/rotate-secret`)),
  'webhooks.remove': () => remove(inProject(`/webhooks/${ids.webhook}`)),
};

function sampleOf({ path }: BoundProcedure): Call {
  const sample = SAMPLES[path];
  if (sample === undefined) throw new Error(`${path} is bound and has no sample call here`);
  return sample();
}

async function call(
  { method = 'GET', path, body }: Call,
  headers: Record<string, string> = { 'x-api-key': key.raw },
): Promise<Response> {
  const sent = { method, url: `/api/v1${path}`, headers, ...(body !== undefined && { payload: body }) };
  const { status, headers: answered, text } = await send(installation, sent);
  const isEmpty = status === 204 || status === 304;
  return new Response(isEmpty ? null : text, { status, headers: answered as Record<string, string> });
}

const toldOf = (procedure: BoundProcedure) => async (answer: Response) => [
  answer.status,
  await expectDocumented(procedure, answer),
];

it.each(OPERATIONS.filter(([, { binding }]) => /\{(id|webhookId)\}/.test(binding.path)))(
  '%s answers as documented about what is not there',
  async (_path, procedure) => {
    const { path, ...sample } = sampleOf(procedure);
    const at = path.lastIndexOf(path.match(/[0-9a-f-]{36}/g)?.at(-1) ?? '');
    const answer = await call({ ...sample, path: path.slice(0, at) + randomUUID() + path.slice(at + 36) });
    expect(await toldOf(procedure)(answer)).toEqual([404, expect.stringMatching(/_NOT_FOUND$/)]);
  },
);

// What others are about goes last.
const isRemoval = ([, { binding }]: (typeof OPERATIONS)[number]) => binding.method === 'DELETE';

describe.each([...OPERATIONS.filter((each) => !isRemoval(each)), ...OPERATIONS.filter(isRemoval)])(
  '%s answers as documented',
  (_path, procedure) => {
    const told = toldOf(procedure);

    it('without a key, and with one that may do something else', async () => {
      expect(await told(await call(sampleOf(procedure), {}))).toEqual([401, 'UNAUTHORIZED']);
      const { raw } = await seedKey(installation, tenant, { scopes: ['scans:read'], projectId: null });
      // What a key may know of itself, every key may.
      if (procedure.need.scope !== 'self:read')
        expect(await told(await call(sampleOf(procedure), { 'x-api-key': raw }))).toEqual([403, 'INSUFFICIENT_SCOPE']);
    });

    it('to a query that is none', async () => {
      const { path, ...sample } = sampleOf(procedure);
      const wrong = { ...sample, path: `${path}${path.includes('?') ? '&' : '?'}%zz` };
      expect(await told(await call(wrong))).toEqual([400, 'BAD_REQUEST']);
    });

    it('with success, and with 304 where it has a tag', async () => {
      const sample = sampleOf(procedure);
      const answer = await call(sample);
      const tag = answer.headers.get('etag');
      expect(await told(answer)).toEqual([procedure.binding.status ?? 200, null]);
      if (procedure.binding.method !== 'GET' || tag === null) return;
      const unchanged = await call(sample, { 'x-api-key': key.raw, 'if-none-match': tag });
      expect(await told(unchanged)).toEqual([304, null]);
    });
  },
);
