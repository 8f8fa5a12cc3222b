import { randomUUID } from 'node:crypto';
import { seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { WIDGET_ENDPOINTS, type WidgetEndpoint } from '@reqbase/core';
import { identityToken, newAnonymousId, seedIdentitySecret } from '@reqbase/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, type TestInstallation } from '../testing.ts';
import { type Browser, browse, CATEGORY_SUBMISSIONS, configure } from './testing.ts';

// Every public endpoint of the widget, in every way that it refuses. `GET /config` is told apart below.

const ALLOWED = 'https://shop.example';
const FOREIGN = 'https://evil.example';

type Things = { readonly feature: string; readonly own: string; readonly conversation: string };

let installation: TestInstallation;
let open: TestTenant;
let off: TestTenant;
let listed: TestTenant;
let secure: TestTenant;
let other: TestTenant;
let secret: string;
const owner = newAnonymousId();
const ownerToken = (tenant: TestTenant, claims = {}) => identityToken(installation, tenant, secret, { sub: 'owner', ...claims });
let things: Map<TestTenant, Things>;

/** A public request, a private one and its conversation, all of one visitor. */
async function seedThings(tenant: TestTenant, browser: Browser = { id: owner, origin: ALLOWED }): Promise<Things> {
  const visitor = browse(installation, tenant.project.id, browser);
  const feature = await visitor.post('/submit', CATEGORY_SUBMISSIONS.FEATURE);
  const own = await visitor.post('/submit', CATEGORY_SUBMISSIONS.ERROR);
  return {
    feature: feature.body.data.request.id,
    own: own.body.data.request.id,
    conversation: own.body.data.request.conversationId,
  };
}

beforeAll(async () => {
  installation = await openInstallation();
  [open, off, listed, secure, other] = [
    await seedTenant(installation),
    await seedTenant(installation),
    await seedTenant(installation),
    await seedTenant(installation),
    await seedTenant(installation),
  ];
  secret = await seedIdentitySecret(installation, secure);
  for (const tenant of [open, off, listed, secure, other]) await configure(installation, tenant, { commentsEnabled: true });
  things = new Map([
    [open, await seedThings(open)],
    [off, await seedThings(off)],
    [listed, await seedThings(listed)],
    [secure, await seedThings(secure, { id: owner, origin: ALLOWED, token: ownerToken(secure) })],
    [other, await seedThings(other)],
  ]);
  await configure(installation, off, { enabled: false });
  await configure(installation, secure, { identityRequired: true });
  await installation.db.prisma.project.update({ where: { id: listed.project.id }, data: { allowedOrigins: [ALLOWED] } });
});
afterAll(() => installation.close());

const BODIES: Record<string, object> = {
  '/submit': CATEGORY_SUBMISSIONS.OTHER,
  '/features/{id}/comments': { body: 'Me too' },
  '/conversations/{id}/messages': { body: 'Any news?' },
};

/** A call that would succeed for the owner of `of`, about what is there. */
function knock(endpoint: WidgetEndpoint, at: TestTenant, browser: Browser, of: TestTenant = at): Promise<Answer> {
  const { feature, own, conversation } = things.get(of) as Things;
  const id = endpoint.path.startsWith('/conversations') ? conversation : feature;
  const path = endpoint.path.replace('{id}', id);
  const body = endpoint.path === '/conversations' ? { featureId: own, body: 'Hello' } : BODIES[endpoint.path];
  const { get, post, delete: remove } = browse(installation, at.project.slug, browser);
  if (endpoint.method === 'GET') return get(path);
  return endpoint.method === 'DELETE' ? remove(path) : post(path, body ?? {});
}

const refusal = ({ status, body }: Answer) => [status, body?.error?.code];
const rowsOf = async () => [
  await installation.db.prisma.feature.count(),
  await installation.db.prisma.vote.count(),
  await installation.db.prisma.comment.count(),
  await installation.db.prisma.message.count(),
  await installation.db.prisma.requester.count(),
];
const name = ({ method, path }: WidgetEndpoint) => `${method} ${path}`;
/** What is somebody's own: of another visitor it is not there. */
const isOfOne = ({ path }: WidgetEndpoint) => path.startsWith('/conversations');

describe.each(WIDGET_ENDPOINTS.map((endpoint) => [name(endpoint), endpoint] as const))('%s', (_name, endpoint) => {
  it('lets in whom it is for', async () => {
    expect((await knock(endpoint, open, { id: owner })).status).toBe(endpoint.status);
    expect((await knock(endpoint, listed, { id: owner, origin: ALLOWED })).status).toBe(endpoint.status);
    expect((await knock(endpoint, secure, { id: owner, token: ownerToken(secure) })).status).toBe(endpoint.status);
  });

  it('refuses a project that there is not, with headers that a page can read', async () => {
    const nowhere = { ...open, project: { id: randomUUID(), slug: 'nowhere' } };
    things.set(nowhere, things.get(open) as Things);
    const answer = await knock(endpoint, nowhere, { id: owner });
    expect(refusal(answer)).toEqual([404, 'PROJECT_NOT_FOUND']);
    expect(answer.headers).toMatchObject({ vary: 'Origin', 'access-control-allow-origin': ALLOWED });
  });

  it('refuses when the widget is switched off', async () => {
    expect(refusal(await knock(endpoint, off, { id: owner }))).toEqual([410, 'GONE']);
  });

  it.each([FOREIGN, 'null', `${ALLOWED}.evil.example`, `${ALLOWED}:8443`, 'http://shop.example', 'HTTPS://SHOP.EXAMPLE'])(
    'refuses a page of the origin %s before anything of it is read or stored',
    async (origin) => {
      const before = await rowsOf();
      const answer = await knock(endpoint, listed, { id: 'not even an id', origin });
      expect(refusal(answer)).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
      expect(answer.headers).toMatchObject({ vary: 'Origin' });
      expect(await rowsOf()).toEqual(before);
    },
  );

  it('of a project with a list of origins, takes a call that names none only to read', async () => {
    const answer = await knock(endpoint, listed, { id: owner, origin: '' });
    expect(refusal(answer)).toEqual(endpoint.kind === 'write' ? [403, 'ORIGIN_NOT_ALLOWED'] : [200, undefined]);
    expect((await knock(endpoint, open, { id: owner, origin: '' })).status).toBe(endpoint.status);
  });

  it('refuses who does not say who they are, unless it is for anybody', async () => {
    const answer = await knock(endpoint, open, { id: null });
    expect(refusal(answer)).toEqual(endpoint.isForAnybody ? [200, undefined] : [401, 'UNAUTHORIZED']);
  });

  it.each(['short', 'a'.repeat(129), `${'a'.repeat(30)}!`, 'ä'.repeat(30)])('refuses the anonymous id %s', async (id) => {
    expect(refusal(await knock(endpoint, open, { id }))).toEqual([400, 'BAD_REQUEST']);
  });

  it('in secure mode refuses who has no identity, whatever their browser is', async () => {
    for (const id of [owner, newAnonymousId(), null])
      expect(refusal(await knock(endpoint, secure, { id }))).toEqual([401, 'UNAUTHORIZED']);
  });

  it('refuses an identity that is not genuine, in secure mode or out of it', async () => {
    const genuine = ownerToken(secure);
    const [head, claims = ''] = genuine.split('.');
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`;
    const wrong = [
      `${head}.${claims}.${'A'.repeat(43)}`,
      unsigned,
      ownerToken(secure, { exp: Math.floor(installation.clock.now().getTime() / 1_000) - 31 }),
      ownerToken(open),
      'hmac e30',
      'nonsense',
    ];
    for (const token of wrong)
      expect(refusal(await knock(endpoint, secure, { id: owner, token }))).toEqual([401, 'INVALID_IDENTITY']);
    expect(refusal(await knock(endpoint, open, { id: owner, token: genuine }))).toEqual([401, 'INVALID_IDENTITY']);
  });

  it('answers another visitor, and about what is of another project, as about what is not there', async () => {
    if (!endpoint.path.includes('{id}')) return;
    const missing = endpoint.path.startsWith('/conversations') ? 'CONVERSATION_NOT_FOUND' : 'FEATURE_NOT_FOUND';
    const gone = { ...things.get(open), feature: randomUUID(), conversation: randomUUID() } as Things;
    const nowhere = { ...open };
    things.set(nowhere, gone);
    const unknown = await knock(endpoint, open, { id: owner }, nowhere);
    expect(refusal(unknown)).toEqual([404, missing]);
    const shape = Object.keys(unknown.body.error);
    const ofOther = await knock(endpoint, open, { id: owner }, other);
    expect([refusal(ofOther), Object.keys(ofOther.body.error)]).toEqual([[404, missing], shape]);
    if (!isOfOne(endpoint)) return;
    const stranger = await knock(endpoint, open, { id: newAnonymousId() });
    expect([refusal(stranger), Object.keys(stranger.body.error)]).toEqual([[404, missing], shape]);
  });

  it('answers other methods with those that there are', async () => {
    const { put } = browse(installation, open.project.slug, { id: owner });
    const answer = await put(endpoint.path.replace('{id}', randomUUID()), {});
    expect(refusal(answer)).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(String(answer.headers['allow'])).toContain(endpoint.method);
  });
});

it('what is private of one visitor is not there for another, in no list and by no id', async () => {
  const { own } = things.get(open) as Things;
  const stranger = browse(installation, open.project.slug);
  await stranger.post('/submit', CATEGORY_SUBMISSIONS.FEATURE);
  for (const path of [
    '/features',
    '/features?q=Nothing',
    '/features?similar=Nothing+at+all',
    '/mine',
    '/conversations',
    '/notifications',
  ]) {
    const { status, text } = await stranger.get(path);
    expect(status).toBe(200);
    expect(text).not.toContain(own);
    expect(text).not.toContain('Nothing at all');
  }
  expect(refusal(await stranger.get(`/features/${own}`))).toEqual([404, 'FEATURE_NOT_FOUND']);
  expect(refusal(await stranger.post('/conversations', { featureId: own, body: 'Hello' }))).toEqual([404, 'FEATURE_NOT_FOUND']);
  for (const path of [`/features/${own}/vote`, `/features/${own}/comments`])
    expect(refusal(await stranger.post(path, { body: 'Hello' }))).toEqual([404, 'FEATURE_NOT_FOUND']);
});

it('whoever only reads leaves nothing', async () => {
  const before = await rowsOf();
  for (const endpoint of WIDGET_ENDPOINTS.filter(({ method }) => method === 'GET'))
    await knock(endpoint, open, { id: newAnonymousId() });
  expect(await rowsOf()).toEqual(before);
});

describe('GET /config', () => {
  const config = (tenant: TestTenant, browser: Browser = {}) =>
    browse(installation, tenant.project.id, { id: null, ...browser }).get('/config');

  it('is for anybody on a page that may use the widget, in secure mode too', async () => {
    for (const tenant of [open, listed, secure]) expect((await config(tenant)).status).toBe(200);
    expect((await config(listed, { origin: '' })).status).toBe(200);
    expect((await config(listed, { origin: 'http://localhost' })).status).toBe(200);
    expect(refusal(await config(listed, { origin: FOREIGN }))).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
    expect(refusal(await config(off))).toEqual([410, 'GONE']);
    expect(refusal(await browse(installation, 'nowhere').get('/config'))).toEqual([404, 'PROJECT_NOT_FOUND']);
  });

  it('says nothing that is the team’s own', async () => {
    const { body } = await config(listed);
    expect(Object.keys(body.data).sort()).toEqual(
      [
        'announcementsEnabled',
        'categoriesEnabled',
        'chatEnabled',
        'collectEmail',
        'color',
        'commentsEnabled',
        'customCss',
        'diagnosticsEnabled',
        'identityRequired',
        'launcherIcon',
        'launcherLabel',
        'locale',
        'operatingHours',
        'position',
        'project',
        'screenshotEnabled',
        'showBranding',
        'theme',
        'welcomeMessage',
      ].sort(),
    );
  });
});

describe('a preflight', () => {
  const ask = (tenant: TestTenant, origin: string) =>
    browse(installation, tenant.project.slug, { id: null, origin }).options('/submit', undefined, {
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type,x-reqbase-visitor',
    });

  it('of a page that may use the widget allows what its script sends, and no more', async () => {
    const { status, headers, text } = await ask(listed, ALLOWED);
    expect([status, text]).toEqual([204, '']);
    expect(headers).toMatchObject({
      'access-control-allow-origin': ALLOWED,
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': 'content-type, x-reqbase-visitor, x-reqbase-identity, idempotency-key',
      vary: 'Origin',
    });
    expect(headers['access-control-allow-credentials']).toBeUndefined();
  });

  it('of another page is refused', async () => {
    for (const origin of [FOREIGN, 'null']) {
      const answer = await ask(listed, origin);
      expect(refusal(answer)).toEqual([403, 'ORIGIN_NOT_ALLOWED']);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect((await ask(open, 'null')).status).toBe(204);
  });
});
