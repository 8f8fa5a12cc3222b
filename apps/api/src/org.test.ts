import { formatKey, generateKey } from '@reqbase/auth';
import { emptyCounters, seedKey, seedProject, seedTenant, setUsed, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, send, type TestInstallation } from './testing.ts';

// The organization surface as contract RogerIQ tells it: its troubleshooting, its shapes, its headers.

let installation: TestInstallation;
let tenant: TestTenant;
let other: TestTenant;
let key: TestKey;

beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation, { plan: 'scale' });
  other = await seedTenant(installation, { plan: 'scale' });
  key = await seedKey(installation, tenant, { scopes: ['admin'], projectId: null });
});
afterAll(() => installation.close());
beforeEach(() => emptyCounters(installation));

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
const call = (method: Method, path: string, body?: object, headers: Record<string, string> = { 'x-api-key': key.raw }) =>
  send(installation, { method, url: `/api/v1${path}`, headers, ...(body !== undefined && { payload: body }) });
const inProject = (path: string) => `/projects/${tenant.project.id}${path}`;
const inOrganization = (path: string) => `/orgs/${tenant.organization.id}${path}`;
const told = ({ status, body }: Answer) => [status, body.code];

describe('401: no key, or a malformed one', () => {
  it.each<[string, () => Record<string, string>]>([
    ['no header', () => ({})],
    ['something else than a key', () => ({ 'x-api-key': 'hello' })],
    ['whitespace around it', () => ({ 'x-api-key': ` ${key.raw}x` })],
    ['two spaces after Bearer', () => ({ authorization: `Bearer  ${key.raw}` })],
    ['Basic', () => ({ authorization: `Basic ${key.raw}` })],
    ['a typing error', () => ({ 'x-api-key': key.raw.slice(0, -1) + (key.raw.endsWith('0') ? '1' : '0') })],
    ['a key that nobody made', () => ({ 'x-api-key': formatKey(generateKey('riq')) })],
  ])('%s', async (_what, headers) => {
    expect(told(await call('GET', inProject('/conversations'), undefined, headers()))).toEqual([401, 'UNAUTHORIZED']);
  });

  it('a revoked key, told to who has its secret alone', async () => {
    const revoked = await seedKey(installation, tenant, { projectId: null, revokedAt: installation.clock.now() });
    const answer = await call('GET', inProject('/conversations'), undefined, { 'x-api-key': revoked.raw });
    expect(told(answer)).toEqual([401, 'API_KEY_REVOKED']);
    const forged = formatKey({ ...revoked.parsed, secret: generateKey('riq').secret });
    expect(told(await call('GET', inProject('/conversations'), undefined, { 'x-api-key': forged }))).toEqual([
      401,
      'UNAUTHORIZED',
    ]);
  });

  it('an expired key', async () => {
    const expired = await seedKey(installation, tenant, { projectId: null, expiresAt: installation.clock.now() });
    const answer = await call('GET', inProject('/conversations'), undefined, { 'x-api-key': expired.raw });
    expect(told(answer)).toEqual([401, 'API_KEY_EXPIRED']);
  });
});

describe('a credential', () => {
  it('is taken from either header, and from both when they are the same', async () => {
    for (const headers of [
      { 'x-api-key': key.raw },
      { authorization: `Bearer ${key.raw}` },
      { 'x-api-key': key.raw, authorization: `Bearer ${key.raw}` },
    ] as Record<string, string>[])
      expect((await call('GET', inProject('/conversations'), undefined, headers)).status).toBe(200);
  });

  it('is refused when two are given that differ', async () => {
    const headers = { 'x-api-key': key.raw, authorization: `Bearer ${formatKey(generateKey('riq'))}` };
    expect(told(await call('GET', inProject('/conversations'), undefined, headers))).toEqual([400, 'AMBIGUOUS_CREDENTIALS']);
  });
});

describe('403: a scope that is missing', () => {
  it.each<[granted: string[], Method, string, required: string]>([
    [['read'], 'POST', '/conversations', 'conversations:write'],
    [['conversations:read'], 'GET', '/contacts', 'requesters:read'],
    [['write'], 'DELETE', '', 'project:delete'],
    [['contacts:read'], 'POST', '/contacts', 'contacts:write'],
  ])('%j does not open %s %s: it names %s', async (scopes, method, path, required) => {
    const narrow = await seedKey(installation, tenant, { scopes, projectId: null });
    const at = path === '' ? inOrganization(`/projects/${tenant.project.id}`) : inProject(path);
    const answer = await call(method, at, method === 'GET' || method === 'DELETE' ? undefined : {}, { 'x-api-key': narrow.raw });
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual({
      error: 'The credential lacks the required scope.',
      code: 'INSUFFICIENT_SCOPE',
      request_id: answer.headers['x-request-id'],
      issues: [],
      required_scope: required,
      granted_scopes: scopes,
    });
  });

  it.each<[granted: string, Method, string, status: number]>([
    ['read', 'GET', '/conversations', 200],
    ['write', 'POST', '/contacts', 201],
    ['conversations:write', 'GET', '/conversations', 200],
    ['conversations:admin', 'GET', '/conversations', 200],
    ['contacts:write', 'GET', '/contacts', 200],
    ['admin', 'GET', '/widget/config', 200],
  ])('%s opens %s %s', async (scope, method, path, status) => {
    const granted = await seedKey(installation, tenant, { scopes: [scope], projectId: null });
    const body = method === 'POST' ? { email: 'grace@example.com' } : undefined;
    expect((await call(method, inProject(path), body, { 'x-api-key': granted.raw })).status).toBe(status);
  });
});

describe('403: another organization', () => {
  const refusal = (answer: Answer) => ({ status: answer.status, body: { ...answer.body, request_id: null } });
  const mismatch = {
    status: 403,
    body: {
      error: 'API key is not authorized for this organization',
      code: 'API_KEY_ORG_MISMATCH',
      request_id: null,
      issues: [],
    },
  };

  it('is one answer for a foreign project, a missing one and one that cannot be', async () => {
    for (const project of [other.project.id, other.project.slug, '0197a3c4-0000-7000-8000-000000000000', 'nowhere', '%00'])
      expect(refusal(await call('GET', `/projects/${project}/conversations`))).toEqual(mismatch);
  });

  it('is refused also to a key whose owner is a member there', async () => {
    await installation.db.prisma.organizationMember.create({
      data: { orgId: other.organization.id, userId: tenant.user.id, role: 'owner' },
    });
    expect(refusal(await call('GET', `/projects/${other.project.id}/conversations`))).toEqual(mismatch);
    expect(refusal(await call('GET', `/orgs/${other.organization.id}/projects`))).toEqual(mismatch);
  });

  it('is told as the same when the path names a project of ours under it', async () => {
    expect(refusal(await call('GET', `/orgs/${other.organization.id}/projects/${tenant.project.id}`))).toEqual(mismatch);
    expect((await call('GET', inOrganization(`/projects/${tenant.project.id}`))).status).toBe(200);
  });

  it('has an answer of its own for a key of one project', async () => {
    const sibling = await seedProject(installation, tenant.organization);
    const bound = await seedKey(installation, tenant, { scopes: ['conversations:read'] });
    const answer = await call('GET', `/projects/${sibling.id}/conversations`, undefined, { 'x-api-key': bound.raw });
    expect(told(answer)).toEqual([403, 'API_KEY_PROJECT_MISMATCH']);
  });
});

describe('the shapes', () => {
  it('of a contact: made, found again by its address, changed, listed', async () => {
    const made = await call('POST', inProject('/contacts'), {
      email: 'Ada@Example.com',
      name: 'Ada',
      job_title: 'Engineer',
      metadata: { plan: 'team', seatCount: 7 },
    });
    expect(made.status).toBe(201);
    expect(made.headers['location']).toBe(`/api/v1/projects/${tenant.project.id}/contacts/${made.body.data.id}`);
    expect(made.body.data).toMatchObject({
      project_id: tenant.project.id,
      email: 'ada@example.com',
      name: 'Ada',
      phone: null,
      external_id: null,
      company: null,
      job_title: 'Engineer',
      metadata: { plan: 'team', seatCount: 7 },
    });
    const again = await call('POST', inProject('/contacts'), { email: 'ada@example.com', company: 'Example' });
    expect(again.body.data).toMatchObject({ id: made.body.data.id, company: 'Example', job_title: 'Engineer' });
    const changed = await call('PATCH', inProject(`/contacts/${made.body.data.id}`), { job_title: null });
    expect(changed.body.data).toMatchObject({ job_title: null, company: 'Example' });
    const list = await call('GET', inProject('/contacts?sort=created_at&limit=1'));
    expect(list.body).toMatchObject({ data: [expect.anything()], cursor: expect.any(String), has_more: true });
    expect(Object.keys(list.body)).toEqual(['data', 'cursor', 'has_more']);
  });

  it('of a conversation and its messages: opened, answered, changed, listed', async () => {
    const { id: contactId } = (await call('POST', inProject('/contacts'), { email: 'grace@example.com' })).body.data;
    const opened = await call('POST', inProject('/conversations'), {
      contact_id: contactId,
      subject: 'The export',
      content: 'Is it what you meant?',
    });
    expect(opened.status).toBe(201);
    const { id } = opened.body.data;
    expect(opened.body.data).toMatchObject({
      project_id: tenant.project.id,
      contact_id: contactId,
      subject: 'The export',
      status: 'open',
      priority: 'normal',
      channel: 'api',
      assigned_to: null,
      tags: [],
      ai_resolved: false,
    });
    const sent = await call('POST', inProject(`/conversations/${id}/messages`), { content: 'Tell us.', is_internal: true });
    expect(sent.body.data).toMatchObject({
      conversation_id: id,
      sender_type: 'agent',
      sender_id: tenant.user.id,
      content: 'Tell us.',
      content_type: 'text',
      is_internal: true,
    });
    const messages = await call('GET', inProject(`/conversations/${id}/messages`));
    expect(messages.body).toEqual({
      data: [expect.objectContaining({ content: 'Is it what you meant?' }), sent.body.data],
      cursor: null,
      has_more: false,
    });
    const changed = await call('PATCH', inProject(`/conversations/${id}`), { status: 'resolved', assigned_to: tenant.user.id });
    expect(changed.body.data).toMatchObject({ status: 'resolved', assigned_to: tenant.user.id });
    const listed = await call('GET', inProject(`/conversations?assigned_to=${tenant.user.id}&contact_id=${contactId}`));
    expect(listed.body.data.map((row: { id: string }) => row.id)).toEqual([id]);
  });

  it('of the widget', async () => {
    const changed = await call('PATCH', inProject('/widget/config'), { welcome_message: 'Hello', theme: 'dark' });
    expect(changed.body.data).toMatchObject({
      project_id: tenant.project.id,
      enabled: true,
      position: 'bottom-right',
      color: '#4F46E5',
      welcome_message: 'Hello',
      show_branding: true,
      theme: 'dark',
      locale: 'en',
    });
    expect((await call('GET', inProject('/widget/config'))).body).toEqual(changed.body);
  });

  it('of a project: made, read, changed, paused, deleted, gone', async () => {
    const made = await call('POST', inOrganization('/projects'), { name: 'Über Shop', domain: 'shop.example.com' });
    expect(made.status).toBe(201);
    expect(made.body.data).toMatchObject({
      org_id: tenant.organization.id,
      name: 'Über Shop',
      slug: 'uber-shop',
      domain: 'shop.example.com',
    });
    const { id } = made.body.data;
    expect(told(await call('POST', inOrganization('/projects'), { name: 'Another', slug: 'uber-shop' }))).toEqual([
      409,
      'SLUG_CONFLICT',
    ]);
    const at = inOrganization(`/projects/${id}`);
    expect((await call('PATCH', at, { agent_mode: 'paused' })).body.data).toMatchObject({ agent_mode: 'paused' });
    const list = await call('GET', inOrganization('/projects'));
    expect(list.body.data.map((row: { id: string }) => row.id)).toContain(id);
    expect(await installation.db.prisma.projectMember.findMany({ where: { projectId: id } })).toMatchObject([
      { userId: tenant.user.id, role: 'owner' },
    ]);
    expect((await call('DELETE', at)).status).toBe(204);
    expect(told(await call('GET', at))).toEqual([403, 'API_KEY_ORG_MISMATCH']);
    expect((await call('POST', inOrganization('/projects'), { name: 'Another', slug: 'uber-shop' })).status).toBe(201);
  });

  it.each<[string, object, string]>([
    ['scope', { scopes: [{ permission: 'read', serviceId: '0197a3c4-0000-7000-8000-000000000000' }] }, 'scopes.0.serviceId'],
    ['scope', { scopes: ['read', { permission: 'read', service_ID: null }] }, 'scopes.1.service_ID'],
    ['key', { scopes: ['read'], expiresAt: '2027-01-01T00:00:00Z' }, 'expiresAt'],
  ])('of a key is refused with the path of what a %s does not have, as the caller spelled it', async (_what, change, path) => {
    const answer = await call('POST', inOrganization('/keys'), { name: 'Misspelt', ...change });
    expect(told(answer)).toEqual([400, 'BAD_REQUEST']);
    expect(answer.body.issues).toEqual([{ path, message: 'There is no such member.' }]);
    expect(await installation.db.prisma.apiKey.count({ where: { name: 'Misspelt' } })).toBe(0);
    const short = await call('POST', inOrganization('/keys'), { name: '', scopes: ['read'], expires_at: 'soon' });
    expect(new Set(short.body.issues.map((issue: { path: string }) => issue.path))).toEqual(new Set(['name', 'expires_at']));
  });

  it('of a key: made, shown once, refused to retries by an Idempotency-Key, revoked', async () => {
    const body = { name: 'Nightly export', scopes: ['read'], expires_at: '2027-01-01T00:00:00Z' };
    const made = await call('POST', inOrganization('/keys'), body);
    expect(made.body.data).toMatchObject({ name: 'Nightly export', scopes: [{ permission: 'read' }], status: 'active' });
    const { raw_key: raw, id } = made.body.data;
    expect((await call('GET', inProject('/conversations'), undefined, { 'x-api-key': raw })).status).toBe(200);
    const retried = await call('POST', inOrganization('/keys'), body, { 'x-api-key': key.raw, 'idempotency-key': 'once' });
    expect(told(retried)).toEqual([400, 'BAD_REQUEST']);
    expect((await call('POST', inOrganization(`/keys/${id}/revoke`), {})).body.data).toMatchObject({ status: 'revoked' });
    expect(told(await call('GET', inProject('/conversations'), undefined, { 'x-api-key': raw }))).toEqual([
      401,
      'API_KEY_REVOKED',
    ]);
    expect((await call('GET', inOrganization(`/keys/${id}`))).text).not.toContain(raw.slice(-20));
  });

  it('of a query that is no percent-encoding, and who may not come in is told only that', async () => {
    const wrong = inProject('/conversations?nothing=%E0%A4%A');
    const answer = await call('GET', wrong);
    expect(told(answer)).toEqual([400, 'BAD_REQUEST']);
    expect(answer.body).toMatchObject({ error: expect.any(String), request_id: answer.headers['x-request-id'] });
    expect(told(await call('GET', wrong, undefined, {}))).toEqual([401, 'UNAUTHORIZED']);
  });

  it('of what is wrong with the input, in the names that the caller has used', async () => {
    const answer = await call('POST', inProject('/conversations'), { contact_id: 'x', content: '' });
    expect(answer.body).toMatchObject({
      code: 'BAD_REQUEST',
      issues: [
        { path: 'contact_id', message: expect.any(String) },
        { path: 'content', message: expect.any(String) },
      ],
    });
    expect(told(await call('PATCH', inProject('/widget/config'), { welcomeMessage: 'Hello' }))).toEqual([400, 'NO_UPDATES']);
  });

  it('of headers, and of names that are the caller’s own, as they were sent', async () => {
    const { id } = (await call('POST', inProject('/contacts'), { name: 'Grace' })).body.data;
    const pathsOf = ({ body }: Answer) => body.issues.map(({ path }: { path: string }) => path);
    const contact = inProject(`/contacts/${id}`);
    expect(pathsOf(await call('PATCH', contact, { metadata: { fooBar: { x: 1 } } }))).toEqual(['metadata.fooBar']);
    expect(
      pathsOf(
        await call('POST', inProject('/contacts'), { name: 'Ada' }, { 'x-api-key': key.raw, 'idempotency-key': 'has space' }),
      ),
    ).toEqual(['Idempotency-Key']);
  });

  it('of a project is the same in a list, alone and made', async () => {
    const made = (await call('POST', `/orgs/${tenant.organization.id}/projects`, { name: 'Side' })).body.data;
    const { data } = (await call('GET', `/orgs/${tenant.organization.id}/projects`)).body;
    const alone = (await call('GET', `/orgs/${tenant.organization.id}/projects/${made.id}`)).body.data;
    const listed = data.find(({ id }: { id: string }) => id === made.id);
    expect([made.agent_mode, listed.agent_mode, alone.agent_mode]).toEqual(['active', 'active', 'active']);
  });

  it('of a webhook takes every event of the contract', async () => {
    const events = ['agent.escalated', 'agent.action_executed', 'form.submitted', 'agent.*', 'conversation.created'];
    const made = await call('POST', inProject('/webhooks'), { url: 'https://example.com/hook', events });
    expect([made.status, made.body.data.events.toSorted()]).toEqual([201, events.toSorted()]);
  });

  it.each([
    ['/conversations/0197a3c4-0000-7000-8000-000000000000', 'CONVERSATION_NOT_FOUND'],
    ['/contacts/0197a3c4-0000-7000-8000-000000000000', 'CONTACT_NOT_FOUND'],
    ['/nothing', 'RESOURCE_NOT_FOUND'],
  ])('of what is not there: GET %s is %s', async (path, code) => {
    expect(told(await call('GET', inProject(path)))).toEqual([404, code]);
  });
});

describe('429', () => {
  it('says in the header and in the body how many seconds to wait', async () => {
    await setUsed(installation, { keyId: key.id, minute: 10_000 });
    const answer = await call('GET', inProject('/conversations'));
    expect(answer.body).toEqual({
      error: 'Too many requests',
      code: 'RATE_LIMITED',
      request_id: answer.headers['x-request-id'],
      issues: [],
      retry_after: Number(answer.headers['retry-after']),
    });
  });
});

describe('the tag of a conversation', () => {
  it('is another when its contact’s name is; a change is held to the conversation’s own version', async () => {
    const contact = await call('POST', inProject('/contacts'), { external_id: 'tagged', name: 'Grace' });
    const made = await call('POST', inProject('/conversations'), { contact_id: contact.body.data.id, content: 'Hello' });
    const path = inProject(`/conversations/${made.body.data.id}`);
    const withTag = (name: string, tag: unknown) => ({ 'x-api-key': key.raw, [name]: String(tag) });
    const before = (await call('GET', path)).headers['etag'];
    expect((await call('GET', path, undefined, withTag('if-none-match', before))).status).toBe(304);
    await call('PATCH', inProject(`/contacts/${contact.body.data.id}`), { name: 'Grace Hopper' });
    const renamed = await call('GET', path, undefined, withTag('if-none-match', before));
    expect([renamed.status, renamed.body.data.contact_name]).toEqual([200, 'Grace Hopper']);
    const changed = await call('PATCH', path, { priority: 'high' }, withTag('if-match', before));
    expect([changed.status, changed.headers['etag']]).toEqual([200, (await call('GET', path)).headers['etag']]);
    expect(told(await call('PATCH', path, { priority: 'low' }, withTag('if-match', before)))).toEqual([
      412,
      'PRECONDITION_FAILED',
    ]);
  });
});
