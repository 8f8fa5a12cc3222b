import { createHmac } from 'node:crypto';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Caller, callAsKey, callAsUser, openTestCore, refusalOf, runJobs, type TestCore } from '../../testing.ts';
import { seedPerson } from '../members/testing.ts';
import { MAX_WEBHOOKS } from './schema.ts';
import { openReceiver, type Receiver, reachingHere, seedWebhook } from './testing.ts';

let core: TestCore;
let here: Pick<TestCore, 'core'>;
let tenant: TestTenant;
let owner: Caller;
let receiver: Receiver;

beforeAll(async () => {
  core = await openTestCore();
  here = reachingHere(core);
});
afterAll(() => core.db.close());
beforeEach(async () => {
  tenant = await seedTenant(core, { plan: 'scale' });
  owner = callAsUser(here, tenant.user);
  receiver = await openReceiver();
  core.outbox.length = 0;
});
afterEach(async () => {
  await receiver.close();
  await core.db.script('delete from webhook; delete from pgboss.job;');
});

const ofProject = () => ({ projectId: tenant.project.id });
const create = (events = ['*']) => owner.webhooks.create({ ...ofProject(), url: receiver.url, events });
const run = () => runJobs(here.core);
const hmac = (secret: string | null, text: string) =>
  createHmac('sha256', secret ?? '')
    .update(text)
    .digest('hex');
const entries = (action: string) => core.db.prisma.auditEntry.findMany({ where: { orgId: tenant.organization.id, action } });

describe('a webhook', () => {
  it('tells its secret once, which signs; what is kept of it is sealed', async () => {
    const { secret, ...created } = await create();
    expect(secret).toMatch(/^whsec_/);
    expect(created).toEqual({
      id: created.id,
      url: receiver.url,
      events: ['*'],
      status: 'active',
      failureCount: 0,
      lastTriggeredAt: null,
      rotatingUntil: null,
      version: 1,
      createdAt: core.clock.now().toISOString(),
    });
    expect(await owner.webhooks.get({ ...ofProject(), webhookId: created.id })).toEqual(created);
    expect((await owner.webhooks.list(ofProject())).items).toEqual([created]);
    await owner.webhooks.test({ ...ofProject(), webhookId: created.id });
    const [sent] = receiver.received;
    expect(sent?.headers['x-rogeriq-signature']).toBe(`sha256=${hmac(secret, sent?.raw ?? '')}`);
    const everything = await core.db.sql.query<{ row: string }>(
      'select w::text as row from webhook w union all select a::text from audit_entry a union all select d::text from webhook_delivery d',
    );
    for (const { row } of everything) expect(row).not.toContain(secret);
    expect(JSON.stringify(await entries('webhook.created'))).not.toContain('/hook');
  });

  it.each([
    ['http://hooks.example/x', 'https'],
    ['https://127.0.0.1/x', 'public'],
    ['https://user:password@hooks.example/x', 'user'],
  ])('is not made for %s', async (url, why) => {
    const asUsual = callAsUser(core, tenant.user);
    const refusal = await refusalOf(asUsual.webhooks.create({ ...ofProject(), url, events: ['*'] }));
    expect(refusal).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path: 'url', message: expect.stringContaining(why) }] });
    const webhookId = await seedWebhook(core, tenant);
    expect((await refusalOf(asUsual.webhooks.update({ ...ofProject(), webhookId, url }))).code).toBe('BAD_REQUEST');
  });

  it.each([[[]], [['conversation']], [['conversation.deleted']], [['**']], [['feature.created', '']]])(
    'is not made for the events %j',
    async (events) => {
      expect((await refusalOf(create(events))).code).toBe('BAD_REQUEST');
    },
  );

  it('is one of twenty at most, by however many calls at once', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: MAX_WEBHOOKS + 4 }, () =>
        create().then(
          () => 'made',
          async (error: unknown) => (await refusalOf(Promise.reject(error))).code,
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'made')).toHaveLength(MAX_WEBHOOKS);
    expect(outcomes.filter((outcome) => outcome === 'WEBHOOK_LIMIT')).toHaveLength(4);
  });

  it('of another project is not found, by any call', async () => {
    const webhookId = await seedWebhook(core, await seedTenant(core, { plan: 'scale' }));
    const ref = { ...ofProject(), webhookId };
    for (const call of [
      () => owner.webhooks.get(ref),
      () => owner.webhooks.update({ ...ref, status: 'disabled' }),
      () => owner.webhooks.remove(ref),
      () => owner.webhooks.test(ref),
      () => owner.webhooks.deliveries(ref),
      () => owner.webhooks.rotateSecret(ref),
    ])
      expect((await refusalOf(call())).code).toBe('WEBHOOK_NOT_FOUND');
    expect(await core.db.prisma.webhook.findUnique({ where: { id: webhookId } })).toMatchObject({ status: 'active', version: 1 });
  });

  it('is for admins and owners', async () => {
    const developer = await seedPerson(core, tenant, { project: 'developer' });
    const admin = await seedPerson(core, tenant, { project: 'admin' });
    expect((await refusalOf(callAsUser(here, developer).webhooks.list(ofProject()))).code).toBe('FORBIDDEN');
    expect((await callAsUser(here, admin).webhooks.create({ ...ofProject(), url: receiver.url, events: ['*'] })).status).toBe(
      'active',
    );
  });

  it('is changed by what is given, and only if it is what the caller has seen', async () => {
    const { id: webhookId } = await create();
    const ref = { ...ofProject(), webhookId };
    expect((await refusalOf(owner.webhooks.update(ref))).code).toBe('NO_UPDATES');
    expect(await owner.webhooks.update({ ...ref, events: ['feature.*', 'feature.*'], ifVersion: 1 })).toMatchObject({
      events: ['feature.*'],
      url: receiver.url,
      version: 2,
    });
    expect((await refusalOf(owner.webhooks.update({ ...ref, events: ['*'], ifVersion: 1 }))).code).toBe('PRECONDITION_FAILED');
    expect(await owner.webhooks.update({ ...ref, events: ['feature.*'] })).toMatchObject({ version: 2 });
    expect(await entries('webhook.updated')).toHaveLength(1);
  });
});

describe('a key', () => {
  const keyOf = (...scopes: string[]) => callAsKey({ ...core, ...here }, tenant, { scopes });

  it('with webhooks:write has sent to it no more than it may read', async () => {
    const url = receiver.url;
    const blind = await keyOf('webhooks:write');
    const asks = async (key: Caller, events: string[]) => {
      const refusal = await refusalOf(key.webhooks.create({ ...ofProject(), url, events }));
      return [refusal.code, refusal.detail?.requiredScope];
    };
    expect(await asks(blind, ['message.created'])).toEqual(['INSUFFICIENT_SCOPE', 'conversations:read']);
    expect(await asks(blind, ['contact.*'])).toEqual(['INSUFFICIENT_SCOPE', 'requesters:read']);
    expect(await asks(await keyOf('webhooks:write', 'backlog:read'), ['feature.created'])).toEqual([
      'INSUFFICIENT_SCOPE',
      'conversations:read',
    ]);
    expect(await asks(await keyOf('webhooks:write', 'conversations:read'), ['*'])).toEqual([
      'INSUFFICIENT_SCOPE',
      'requesters:read',
    ]);
    expect(await asks(blind, ['quota.*'])).toEqual(['INSUFFICIENT_SCOPE', 'usage:read']);
    expect(await asks(blind, ['api_key.*'])).toEqual(['INSUFFICIENT_SCOPE', 'keys:read']);
    expect((await blind.webhooks.create({ ...ofProject(), url, events: ['webhook.test'] })).status).toBe('active');
    const able = await keyOf('webhooks:write', 'conversations:read');
    expect((await able.webhooks.create({ ...ofProject(), url, events: ['message.*', 'conversation.*'] })).status).toBe('active');
  });

  it('does not lead another’s webhook elsewhere, or enable it, without reading what is sent', async () => {
    const { id: webhookId } = await create(['message.created']);
    const blind = await keyOf('webhooks:write');
    for (const change of [{ url: `${receiver.url}/mine` }, { events: ['*'] }, { status: 'disabled' as const }])
      expect((await refusalOf(blind.webhooks.update({ ...ofProject(), webhookId, ...change }))).code).toBe('INSUFFICIENT_SCOPE');
  });

  it.each(['admin', 'read', 'write'])('with %s may what its class says', async (scope) => {
    const key = await callAsKey({ ...core, ...here }, tenant, { scopes: [scope], projectId: null });
    expect((await key.webhooks.list(ofProject())).items).toEqual([]);
    const made = key.webhooks.create({ ...ofProject(), url: receiver.url, events: ['conversation.*', 'contact.*', 'feature.*'] });
    if (scope === 'read') expect((await refusalOf(made)).code).toBe('INSUFFICIENT_SCOPE');
    else expect((await made).status).toBe('active');
  });
});

describe('a test', () => {
  it('is sent at once, once, and says what came of it; it is among the deliveries and counts as no failure', async () => {
    const { id: webhookId } = await create(['message.created']);
    const ref = { ...ofProject(), webhookId };
    receiver.answers(204, 500, (response) => response.destroy());
    const [good, bad, none] = [await owner.webhooks.test(ref), await owner.webhooks.test(ref), await owner.webhooks.test(ref)];
    expect(good).toMatchObject({ event: 'webhook.test', status: 'succeeded', statusCode: 204, attempt: 1, error: null });
    expect(bad).toMatchObject({ status: 'failed', statusCode: 500, nextAttemptAt: null });
    expect(none).toMatchObject({ status: 'failed', statusCode: null, error: 'network' });
    expect(receiver.received.map(({ body }) => [body.id, body.event])).toEqual(
      [good, bad, none].map(({ eventId }) => [eventId, 'webhook.test']),
    );
    const { items } = await owner.webhooks.deliveries(ref);
    expect(items.map(({ id }) => id).toSorted()).toEqual([good, bad, none].map(({ id }) => id).toSorted());
    await run();
    expect(receiver.received).toHaveLength(3);
    expect(await owner.webhooks.get(ref)).toMatchObject({ failureCount: 0, status: 'active' });
  });
});

describe('a rotation', () => {
  it('lets both secrets sign for 24 hours, and then the new one alone', async () => {
    const { id: webhookId, secret: first } = await create(['feature.created']);
    const ref = { ...ofProject(), webhookId };
    const { secret: second, rotatingUntil } = await owner.webhooks.rotateSecret(ref);
    expect(second).not.toBe(first);
    expect(rotatingUntil).toBe(new Date(core.clock.now().getTime() + 24 * 3_600_000).toISOString());
    const sent = async () => {
      await owner.backlog.create({ ...ofProject(), title: 'Dark mode' });
      await run();
      const last = receiver.received.at(-1);
      if (last === undefined) throw new Error('nothing came');
      const { headers, raw, body } = last;
      const seconds = Math.floor(core.clock.now().getTime() / 1_000);
      const dated = (secret: string | null) => `v1=${hmac(secret, `${seconds}.${body.id}.${raw}`)}`;
      return { headers, raw, dated, at: `t=${seconds}` };
    };
    const during = await sent();
    expect(during.headers['x-rogeriq-signature']).toBe(`sha256=${hmac(second, during.raw)}`);
    expect(during.headers['x-rogeriq-signature-former']).toBe(`sha256=${hmac(first, during.raw)}`);
    expect(during.headers['x-reqbase-signature']).toBe([during.at, during.dated(second), during.dated(first)].join(','));
    core.clock.advance(24 * 3_600_000);
    const after = await sent();
    expect(after.headers['x-reqbase-signature']).toBe([after.at, after.dated(second)].join(','));
    expect(after.headers).not.toHaveProperty('x-rogeriq-signature-former');
    expect((await owner.webhooks.get(ref)).rotatingUntil).toBeNull();
  });

  it('ends the former secret at once where that is asked for, or another rotation follows', async () => {
    const { id: webhookId, secret: first } = await create(['*']);
    const ref = { ...ofProject(), webhookId };
    await owner.webhooks.rotateSecret(ref);
    const { secret: third } = await owner.webhooks.rotateSecret(ref);
    await owner.webhooks.test(ref);
    const last = () => receiver.received.at(-1);
    expect(last()?.headers['x-rogeriq-signature-former']).not.toBe(`sha256=${hmac(first, last()?.raw ?? '')}`);
    expect(last()?.headers['x-rogeriq-signature']).toBe(`sha256=${hmac(third, last()?.raw ?? '')}`);
    expect((await owner.webhooks.rotateSecret({ ...ref, overlapHours: 0 })).rotatingUntil).toBeNull();
    await owner.webhooks.test(ref);
    expect(last()?.headers).not.toHaveProperty('x-rogeriq-signature-former');
  });
});

describe('ten failures in a row', () => {
  const fail = async (times: number) => {
    receiver.answers(410);
    for (let n = 0; n < times; n++) await owner.backlog.create({ ...ofProject(), title: 'Dark mode' });
    await run();
  };

  it('disable a webhook, and its team is told once: in the feed and by e-mail to those who manage webhooks', async () => {
    const admin = await seedPerson(core, tenant, { project: 'admin' });
    await seedPerson(core, tenant, { project: 'developer' });
    const { id: webhookId } = await create(['feature.created']);
    const ref = { ...ofProject(), webhookId };
    await fail(9);
    expect(await owner.webhooks.get(ref)).toMatchObject({ status: 'active', failureCount: 9 });
    expect(core.outbox).toEqual([]);
    await fail(3);
    expect(await owner.webhooks.get(ref)).toMatchObject({ status: 'disabled', failureCount: 10 });
    expect(receiver.received).toHaveLength(10);
    expect(core.outbox.map(({ to }) => to).toSorted()).toEqual([`${tenant.user.id}@example.test`, admin.email].toSorted());
    const told = await core.db.prisma.notification.findMany({ where: { ...ofProject(), type: 'webhook.disabled' } });
    expect(told).toMatchObject([{ title: `The webhook to 127.0.0.1:${receiver.port} is disabled`, audience: 'team' }]);
    for (const { text } of core.outbox) expect(text).not.toContain('/hook');
    await fail(1);
    expect(receiver.received).toHaveLength(10);
    // Enabled again it begins anew.
    receiver.answers(200);
    expect(await owner.webhooks.update({ ...ref, status: 'active' })).toMatchObject({ failureCount: 0 });
    await owner.backlog.create({ ...ofProject(), title: 'Light mode' });
    await run();
    expect(receiver.received).toHaveLength(11);
  });

  it('are in a row: one success in between, and they are counted anew', async () => {
    const { id: webhookId } = await create(['feature.created']);
    await fail(9);
    receiver.answers(200);
    await owner.backlog.create({ ...ofProject(), title: 'Dark mode' });
    await run();
    await fail(9);
    expect(await owner.webhooks.get({ ...ofProject(), webhookId })).toMatchObject({ status: 'active', failureCount: 9 });
  });

  it('are not the short retries of one delivery, nor an outage as short as these', async () => {
    const { id: webhookId } = await create(['feature.created']);
    const get = () => owner.webhooks.get({ ...ofProject(), webhookId });
    receiver.answers(503);
    for (let n = 0; n < 12; n++) await owner.backlog.create({ ...ofProject(), title: 'Dark mode' });
    await run();
    for (const seconds of [1, 5]) {
      core.clock.advance(seconds * 1_000);
      await run();
    }
    expect([receiver.received.length, await get()]).toMatchObject([36, { failureCount: 0, status: 'active' }]);
    receiver.answers(200);
    core.clock.advance(30_000);
    await run();
    expect(await get()).toMatchObject({ failureCount: 0, status: 'active' });
    expect(
      (await owner.webhooks.deliveries({ ...ofProject(), webhookId })).items.every(({ status }) => status === 'succeeded'),
    ).toBe(true);
  });
});
