import { randomUUID } from 'node:crypto';
import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { backlogDriftOf, conversationDriftOf, identityToken, seedIdentitySecret, weightDriftOf } from '@reqbase/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, projectApi, type TestInstallation } from '../testing.ts';
import { browse, CATEGORY_SUBMISSIONS, configure, png } from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;

beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
beforeEach(async () => {
  installation.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(installation);
});
afterEach(async () => {
  expect(await backlogDriftOf(installation)).toEqual([]);
  expect(await conversationDriftOf(installation)).toEqual([]);
  expect(await weightDriftOf(installation)).toEqual([]);
});

const browser = (options: Parameters<typeof browse>[2] = {}) => browse(installation, tenant.project.slug, options);
const featureRow = (id: string) => installation.db.prisma.feature.findUniqueOrThrow({ where: { id } });
const noticesOf = () =>
  installation.db.prisma.notification.findMany({ where: { projectId: tenant.project.id }, orderBy: { createdAt: 'asc' } });

describe('a submission', () => {
  it.each(['FEATURE', 'ERROR', 'FEEDBACK', 'OTHER'] as const)(
    'of the category %s is a feature of its requester, who hears of it, and the team is told',
    async (category) => {
      const visitor = browser();
      const { status, body } = await visitor.post('/submit', CATEGORY_SUBMISSIONS[category]);
      expect(status).toBe(201);
      const { request } = body.data;
      expect(request).toMatchObject({ category, status: 'NEEDS_ACTION', isMine: true, number: 1 });
      const isPublic = category === 'FEATURE' || category === 'OTHER';
      const row = await featureRow(request.id);
      expect(row).toMatchObject({ source: 'widget', projectId: tenant.project.id, voteCount: isPublic ? 1 : 0, category });
      expect(request).toMatchObject({ hasVoted: isPublic, voteCount: isPublic ? 1 : 0 });
      const { requesterId } = row;
      expect(await installation.db.prisma.requester.findUnique({ where: { id: requesterId ?? '' } })).toMatchObject({
        kind: 'anonymous',
        projectId: tenant.project.id,
      });
      expect(await installation.db.prisma.subscription.findMany({ where: { featureId: request.id } })).toMatchObject([
        { requesterId },
      ]);
      expect(await noticesOf()).toMatchObject([
        { type: 'feature.created', audience: 'team', isPrivate: !isPublic, actorId: requesterId },
      ]);
    },
  );

  it('of any category but FEATURE opens a conversation with what was said, and nobody has to be told twice', async () => {
    const visitor = browser();
    const bodies: Record<string, string> = {
      ERROR: 'Trying to do: Saving\n\nExpected: Saved\n\nHappened: Nothing at all',
      FEEDBACK: '★★★★☆\n\nQuite good',
      OTHER: 'How do I export?',
    };
    for (const [category, text] of Object.entries(bodies)) {
      const { body } = await visitor.post('/submit', CATEGORY_SUBMISSIONS[category as 'OTHER']);
      const { id, conversationId } = body.data.request;
      expect(await installation.db.prisma.conversation.findUniqueOrThrow({ where: { id: conversationId } })).toMatchObject({
        featureId: id,
        status: 'open',
        channel: 'widget',
        unreadCount: 1,
        messageSeq: 1,
      });
      const messages = await visitor.get(`/conversations/${conversationId}/messages`);
      expect(messages.body.data.items).toMatchObject([{ author: 'you', body: text, seq: 1 }]);
    }
    expect((await noticesOf()).map(({ type }) => type)).toEqual(['feature.created', 'feature.created', 'feature.created']);
    const { body } = await visitor.post('/submit', CATEGORY_SUBMISSIONS.FEATURE);
    expect(body.data.request.conversationId).toBeNull();
  });

  it('is found over REST with a key, its screenshot too', async () => {
    const key = await seedKey(installation, tenant, { scopes: ['backlog:read', 'conversations:read'] });
    const api = projectApi(installation, tenant, key);
    const screenshot = png();
    const { body } = await browser().post('/submit', {
      ...CATEGORY_SUBMISSIONS.ERROR,
      screenshot,
      pageUrl: 'https://shop.example/cart?secret=1#x',
    });
    const { id } = body.data.request;
    expect((await api.get(`/features/${id}`)).body.data).toMatchObject({
      title: 'Nothing at all',
      source: 'widget',
      hasScreenshot: true,
      pageUrl: 'https://shop.example/cart',
      errorReport: CATEGORY_SUBMISSIONS.ERROR.errorReport,
    });
    expect((await api.get(`/features/${id}/screenshot`)).body.data).toEqual({ image: screenshot, mimeType: 'image/png' });
  });

  it('by an identity is theirs, whatever the browser was before', async () => {
    const secret = await seedIdentitySecret(installation, tenant);
    const anonymous = browser();
    await anonymous.post('/submit', CATEGORY_SUBMISSIONS.FEATURE);
    const token = identityToken(installation, tenant, secret, { sub: 'u1', email: 'grace@example.com', name: 'Grace' });
    const known = browser({ id: anonymous.id, token });
    await known.post('/submit', { ...CATEGORY_SUBMISSIONS.OTHER, email: 'other@example.com' });
    expect((await known.get('/mine')).body.data.items).toMatchObject([{ category: 'OTHER' }, { category: 'FEATURE' }]);
    expect(await installation.db.prisma.requester.findMany({ where: { projectId: tenant.project.id } })).toMatchObject([
      { externalId: 'u1', email: 'grace@example.com', kind: 'identified' },
    ]);
    // Without the token, the browser has nothing of theirs.
    expect((await anonymous.get('/mine')).body.data.items).toEqual([]);
  });

  it('sent again with its key is done once, and has the same answer', async () => {
    const visitor = browser();
    const sendIt = () => visitor.post('/submit', CATEGORY_SUBMISSIONS.OTHER, { 'idempotency-key': 'k1' });
    const first = await sendIt();
    const again = await sendIt();
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(await installation.db.prisma.feature.count({ where: { projectId: tenant.project.id } })).toBe(1);
    const other = await visitor.post('/submit', CATEGORY_SUBMISSIONS.FEATURE, { 'idempotency-key': 'k1' });
    expect(other.body.error.code).toBe('IDEMPOTENCY_CONFLICT');
    // Another browser's key is another key.
    expect(
      (await browser().post('/submit', CATEGORY_SUBMISSIONS.OTHER, { 'idempotency-key': 'k1' })).body.data.request.number,
    ).toBe(2);
  });

  it('sent again is answered with what the endpoint answers, whatever else of it was kept', async () => {
    const visitor = browser();
    const sendIt = () => visitor.post('/submit', CATEGORY_SUBMISSIONS.OTHER, { 'idempotency-key': 'k3' });
    const first = await sendIt();
    const { answer } = await installation.db.prisma.idempotencyRecord.findFirstOrThrow({ where: { key: 'k3' } });
    const { request } = answer as { request: object };
    await installation.db.prisma.idempotencyRecord.updateMany({
      where: { key: 'k3' },
      data: { answer: { secret: 'SECRET', request: { projectId: 'SECRET', ...request } } },
    });
    const again = await sendIt();
    expect([again.headers['idempotent-replayed'], again.text]).toEqual(['true', first.text]);
  });

  it('refused with its key can be sent again', async () => {
    const visitor = browser();
    const key = { 'idempotency-key': 'k2' };
    expect((await visitor.post('/submit', { category: 'OTHER' }, key)).status).toBe(400);
    expect((await visitor.post('/submit', CATEGORY_SUBMISSIONS.OTHER, key)).status).toBe(201);
  });

  it('counts the revenue of who asks', async () => {
    const secret = await seedIdentitySecret(installation, tenant);
    const token = identityToken(installation, tenant, secret, {
      sub: 'u2',
      traits: { plan: 'team', amount: 12_000, interval: 'year' },
    });
    const { body } = await browser({ token }).post('/submit', CATEGORY_SUBMISSIONS.FEATURE);
    expect(await featureRow(body.data.request.id)).toMatchObject({ revenueWeight: 1_000 });
  });
});

describe('what is missing or does not belong', () => {
  it.each([
    ['FEATURE', {}, 'title'],
    ['FEATURE', { title: '   ' }, 'title'],
    ['OTHER', {}, 'text'],
    ['FEEDBACK', { text: 'x' }, 'rating'],
    ['ERROR', {}, 'errorReport'],
    ['ERROR', { errorReport: { doing: ' ', expected: '', happened: '' } }, 'errorReport'],
    ['FEATURE', { title: 'x', rating: 3 }, 'rating'],
    ['OTHER', { text: 'x', errorReport: { doing: 'a', expected: 'b', happened: 'c' } }, 'errorReport'],
    ['FEATURE', { title: 'x'.repeat(201) }, 'title'],
    ['OTHER', { text: 'x'.repeat(10_001) }, 'text'],
    ['FEATURE', { title: 'x', email: 'no address' }, 'email'],
    ['FEATURE', { title: 'x', pageUrl: 'javascript:alert(1)' }, 'pageUrl'],
    ['FEATURE', { title: 'a\0b' }, 'title'],
    ['FEEDBACK', { rating: 6 }, 'rating'],
    ['NONE', { title: 'x' }, 'category'],
  ])('%s with %j is refused by its field %s', async (category, fields, path) => {
    const { status, body } = await browser().post('/submit', { category, ...fields });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ code: 'BAD_REQUEST', issues: [{ path }] });
    expect(await installation.db.prisma.feature.count({ where: { projectId: tenant.project.id } })).toBe(0);
    expect(await installation.db.prisma.requester.count({ where: { projectId: tenant.project.id } })).toBe(0);
  });
});

describe('the configuration', () => {
  it('that does not offer a category, a screenshot or any address is kept by the server', async () => {
    await configure(installation, tenant, { categoriesEnabled: ['FEATURE'], screenshotEnabled: false, collectEmail: 'never' });
    expect((await browser().post('/submit', CATEGORY_SUBMISSIONS.OTHER)).body.error.code).toBe('NOT_OFFERED');
    expect((await browser().post('/submit', { ...CATEGORY_SUBMISSIONS.FEATURE, screenshot: png() })).body.error.code).toBe(
      'NOT_OFFERED',
    );
    await browser().post('/submit', { ...CATEGORY_SUBMISSIONS.FEATURE, email: 'a@example.com', name: 'Ann' });
    expect(await installation.db.prisma.requester.findMany({ where: { projectId: tenant.project.id } })).toMatchObject([
      { email: null, name: null },
    ]);
  });

  it('that wants an address refuses who gives none, and takes the one of an identity', async () => {
    await configure(installation, tenant, { collectEmail: 'required' });
    const secret = await seedIdentitySecret(installation, tenant);
    expect((await browser().post('/submit', CATEGORY_SUBMISSIONS.OTHER)).body.error).toMatchObject({
      issues: [{ path: 'email' }],
    });
    expect(await installation.db.prisma.requester.count({ where: { projectId: tenant.project.id } })).toBe(0);
    const visitor = browser();
    expect((await visitor.post('/submit', { ...CATEGORY_SUBMISSIONS.OTHER, email: 'Ann@Example.com' })).status).toBe(201);
    expect((await visitor.post('/submit', CATEGORY_SUBMISSIONS.OTHER)).status).toBe(201);
    const token = identityToken(installation, tenant, secret, { sub: 'u3', email: 'grace@example.com' });
    expect((await browser({ token }).post('/submit', CATEGORY_SUBMISSIONS.OTHER)).status).toBe(201);
    expect(
      await installation.db.prisma.requester.findMany({ where: { projectId: tenant.project.id }, orderBy: { id: 'asc' } }),
    ).toMatchObject([
      { email: 'ann@example.com', emailVerified: false },
      { email: 'grace@example.com', emailVerified: true },
    ]);
  });

  it('that wants an address takes the typed one of who is signed in without any, unverified', async () => {
    await configure(installation, tenant, { collectEmail: 'required', identityRequired: true });
    const secret = await seedIdentitySecret(installation, tenant);
    const visitor = browser({ token: identityToken(installation, tenant, secret, { sub: 'u4', name: 'Grace' }) });
    expect((await visitor.post('/submit', CATEGORY_SUBMISSIONS.OTHER)).body.error).toMatchObject({ issues: [{ path: 'email' }] });
    expect((await visitor.post('/submit', { ...CATEGORY_SUBMISSIONS.OTHER, email: 'Grace@Example.com' })).status).toBe(201);
    // Once is enough.
    expect((await visitor.post('/submit', CATEGORY_SUBMISSIONS.OTHER)).status).toBe(201);
    expect(await installation.db.prisma.requester.findMany({ where: { projectId: tenant.project.id } })).toMatchObject([
      { externalId: 'u4', email: 'grace@example.com', emailVerified: false },
    ]);
  });

  it('without diagnostics keeps none', async () => {
    await configure(installation, tenant, { diagnosticsEnabled: false });
    const { body } = await browser().post('/submit', { ...CATEGORY_SUBMISSIONS.FEATURE, diagnostics: { online: true } });
    expect(await featureRow(body.data.request.id)).toMatchObject({ diagnostics: null });
  });
});

it('of a project that there is not, or of another, nothing is stored', async () => {
  const before = await installation.db.prisma.feature.count();
  for (const project of ['nowhere', randomUUID(), '%00', '..%2f..', 'a'.repeat(101)]) {
    const { status, body } = await browse(installation, project).post('/submit', CATEGORY_SUBMISSIONS.FEATURE);
    expect([status, body.error.code]).toEqual([404, 'PROJECT_NOT_FOUND']);
  }
  expect(await installation.db.prisma.feature.count()).toBe(before);
});
