import { randomUUID } from 'node:crypto';
import { seedKey, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { WIDGET_ENDPOINTS } from '@reqbase/core';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openInstallation, projectApi, type TestInstallation } from '../testing.ts';
import { browse, CATEGORY_SUBMISSIONS, configure, png } from './testing.ts';

let installation: TestInstallation;
let tenant: TestTenant;

beforeAll(async () => {
  installation = await openInstallation();
  tenant = await seedTenant(installation);
  await configure(installation, tenant, { commentsEnabled: true });
});
afterAll(() => installation.close());
beforeEach(() => installation.clock.advance(60_000));

const browser = (options: Parameters<typeof browse>[2] = {}) => browse(installation, tenant.project.slug, options);
const HTML = `<img src=x onerror="alert(1)"><script>alert(2)</script>"'><svg/onload=alert(3)>&lt;b&gt; {{7*7}} \u202Etxt`;

describe('text', () => {
  it('with markup in it is kept to the letter and answered as JSON, wherever it goes', async () => {
    const visitor = browser();
    const made = await visitor.post('/submit', {
      category: 'OTHER',
      title: HTML.slice(0, 200),
      text: HTML,
      name: HTML,
      email: 'a@example.com',
    });
    const { id, conversationId, title, description } = made.body.data.request;
    expect([title, description]).toEqual([HTML, HTML]);
    const message = await visitor.post(`/conversations/${conversationId}/messages`, { body: HTML });
    const comment = await visitor.post(`/features/${id}/comments`, { body: HTML });
    expect([message.body.data.message.body, comment.body.data.body, comment.body.data.authorName]).toEqual([HTML, HTML, HTML]);
    for (const path of [
      '/mine',
      '/features',
      `/features/${id}`,
      `/features/${id}/comments`,
      '/conversations',
      `/conversations/${conversationId}/messages`,
    ]) {
      const { headers, text } = await visitor.get(path);
      expect(headers['content-type']).toBe('application/json; charset=utf-8');
      expect(text).toContain(JSON.stringify(HTML).slice(1, -1));
    }
    const key = await seedKey(installation, tenant, { scopes: ['backlog:read'] });
    expect((await projectApi(installation, tenant, key).get(`/features/${id}`)).body.data.description).toBe(HTML);
  });

  it('of any kind is kept to the letter, or refused as a bad request', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', minLength: 1, maxLength: 100 }), async (text) => {
        const { status, body } = await browser().post('/submit', { category: 'OTHER', text });
        const isUnfit = text.trim() === '' || text.includes('\0');
        expect(status).toBe(isUnfit ? 400 : 201);
        if (!isUnfit) expect(body.data.request.description).toBe(text.trim());
      }),
      { numRuns: 60 },
    );
  });
});

describe('a screenshot', () => {
  const sent = (screenshot: unknown) => browser().post('/submit', { ...CATEGORY_SUBMISSIONS.FEATURE, screenshot });

  it('of 2 MiB is taken, one byte more and 10 MB are too large', async () => {
    expect((await sent(png(2 * 1_048_576))).status).toBe(201);
    for (const bytes of [2 * 1_048_576 + 1, 10_000_000]) {
      const { status, body, headers } = await sent(png(bytes));
      expect([status, body.error.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
      expect(headers['access-control-allow-origin']).toBe('https://shop.example');
    }
  });

  it.each([
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>').toString('base64')],
    ['HTML', Buffer.from('<html><script>alert(1)</script>').toString('base64')],
    ['a GIF', Buffer.from('GIF89a0000000000').toString('base64')],
    ['no base64', '<<<not base64>>>'],
    ['a data URL', `data:image/png;base64,${png()}`],
    ['half a group', `${png()}A`],
    ['nothing', ''],
    ['a number', 7],
    ['a list', [1, 2]],
  ])('that is %s is refused, and the request is not there either', async (_what, screenshot) => {
    const before = await installation.db.prisma.feature.count();
    const { status, body } = await sent(screenshot);
    expect([status, body.error.code]).toEqual([400, 'BAD_REQUEST']);
    expect(await installation.db.prisma.feature.count()).toBe(before);
  });
});

describe('captured diagnostics', () => {
  const kept = async (diagnostics: unknown) => {
    const { status, body } = await browser().post('/submit', { ...CATEGORY_SUBMISSIONS.FEATURE, diagnostics });
    expect([status, body]).toEqual([201, expect.anything()]);
    const { id } = body.data.request;
    return (await installation.db.prisma.feature.findUniqueOrThrow({ where: { id } })).diagnostics;
  };
  const at = '2026-03-14T10:20:30.250Z';
  const SECRET = 'hunter2-very-secret';

  it('carry no query, no fragment, no user and no credential, whatever was sent', async () => {
    const text = JSON.stringify(
      await kept({
        errors: [
          {
            at,
            message: `GET https://u:${SECRET}@api.example/a/b?code=${SECRET}#${SECRET} failed`,
            source: `https://x.example/app.js?v=${SECRET}`,
          },
          { at, message: `Authorization: Bearer ${SECRET}` },
          { at, message: `Authorization: Digest username="u", response="${SECRET}"` },
          { at, message: `GET /reset?${SECRET} failed` },
          { at, message: `{"access_token":"${SECRET}","cookie": "sid=${SECRET}", 'password':'${SECRET}'}` },
          { at, message: `fetch /login?next=${SECRET}&x=1 said no` },
          { at, message: `token=${SECRET}; api_key: ${SECRET}` },
          { at, message: `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${SECRET}` },
        ],
        network: [
          {
            at,
            url: `https://u:${SECRET}@api.example/a?token=${SECRET}#${SECRET}`,
            method: 'GET',
            status: 500,
            durationMs: 12,
            authorization: SECRET,
            headers: { cookie: SECRET },
          },
          { at, url: `/relative?token=${SECRET}`, method: 'post', status: 0, durationMs: 1.5 },
          { at, url: `data:text/plain,${SECRET}`, method: 'GET', status: 0, durationMs: 0 },
        ],
        referrer: `https://search.example/?q=${SECRET}`,
        userAgent: `Authorization: Token ${SECRET}`,
        language: `Token ${SECRET}9`,
        timezone: `/a?${SECRET}`,
        connection: `Cookie: ${SECRET}`,
        cookie: SECRET,
        headers: { authorization: SECRET },
        online: true,
      }),
    );
    expect(text).not.toContain(SECRET);
    expect(JSON.parse(text)).toMatchObject({
      online: true,
      referrer: 'https://search.example/',
      network: [{ url: 'https://api.example/a', status: 500, method: 'GET' }, { url: '/relative' }, { url: 'data:' }],
    });
    expect(text).toContain('GET https://api.example/a/b failed');
  });

  it('are bounded: of long lists the end is kept, and too much is refused', async () => {
    const errors = Array.from({ length: 100 }, (_, n) => ({ at, message: `${n} ${'x'.repeat(2_000)}` }));
    const { errors: keptErrors } = (await kept({ errors })) as { errors: { message: string }[] };
    expect(keptErrors).toHaveLength(20);
    expect(keptErrors.at(-1)?.message).toMatch(/^99 x+$/);
    expect(keptErrors[0]?.message).toHaveLength(1_000);
    const tooMany = { errors: Array.from({ length: 201 }, () => ({ at, message: '' })) };
    expect((await browser().post('/submit', { ...CATEGORY_SUBMISSIONS.FEATURE, diagnostics: tooMany })).status).toBe(400);
  });

  it('are cut between characters, wherever the bound falls', async () => {
    const { errors, userAgent, language } = (await kept({
      errors: [{ at, message: `${'a'.repeat(999)}😀` }],
      userAgent: `${'a'.repeat(499)}😀`,
      language: `${'a'.repeat(49)}😀`,
    })) as { errors: { message: string }[]; userAgent: string; language: string };
    expect([errors[0]?.message, userAgent, language]).toEqual(['a'.repeat(999), 'a'.repeat(499), 'a'.repeat(49)]);
  });

  it.each([
    ['a text', 'x'],
    ['a list', []],
    ['numbers in the place of texts', { userAgent: 7 }],
    ['a negative size', { screen: { width: -1, height: 2 } }],
    ['no instant', { errors: [{ at: 'yesterday', message: '' }] }],
    ['a status that is none', { network: [{ at, url: '/', method: 'GET', status: 1.5, durationMs: 1 }] }],
    ['a method with a header in it', { network: [{ at, url: '/', method: 'GET\r\nCookie: x', status: 500, durationMs: 1 }] }],
  ])('that are %s are refused', async (_what, diagnostics) => {
    expect((await browser().post('/submit', { ...CATEGORY_SUBMISSIONS.FEATURE, diagnostics })).status).toBe(400);
  });
});

describe('a body', () => {
  const raw = (payload: string, type = 'application/json', path = '/submit') =>
    installation.app.inject({
      method: 'POST',
      url: `/w/${tenant.project.slug}${path}`,
      headers: { origin: 'https://shop.example', 'x-reqbase-visitor': browser().id ?? '', 'content-type': type },
      remoteAddress: `10.9.${Math.floor(Math.random() * 255)}.${Math.floor(Math.random() * 255)}`,
      payload,
    });

  it.each([
    ['no JSON', '{', 400, 'BAD_JSON'],
    ['a list', '[]', 400, 'BAD_REQUEST'],
    ['a number', '7', 400, 'BAD_REQUEST'],
    ['null', 'null', 400, 'BAD_REQUEST'],
    ['nothing', '', 400, 'BAD_REQUEST'],
    ['a prototype', '{"category":"OTHER","text":"x","__proto__":{"isAdmin":true}}', 400, 'BAD_JSON'],
    ['a constructor', '{"category":"OTHER","text":"x","constructor":{"prototype":{"isAdmin":true}}}', 400, 'BAD_JSON'],
    ['deeply nested', `{"category":"OTHER","text":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, 400, 'BAD_REQUEST'],
    ['a category of the prototype', '{"category":"toString","text":"x"}', 400, 'BAD_REQUEST'],
  ])('that is %s is refused', async (_what, payload, status, code) => {
    const answer = await raw(payload);
    expect([answer.statusCode, answer.json().error.code]).toEqual([status, code]);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'text/html'])(
    'of the type %s, which a page could send without asking, is refused',
    async (type) => {
      expect((await raw('{"category":"OTHER","text":"x"}', type)).statusCode).toBe(415);
    },
  );

  it('of another endpoint is limited to what belongs there', async () => {
    const answer = await raw(
      JSON.stringify({ body: 'x'.repeat(200_000) }),
      'application/json',
      `/conversations/${randomUUID()}/messages`,
    );
    expect(answer.statusCode).toBe(413);
  });
});

it.each(['/features?q=%E0%A4%A', '/mine?%zz=1', '/features?similar=%ED%A0%80'])(
  'GET %s, which is no percent-encoding, is refused as the surface refuses, and the page can read it',
  async (path) => {
    const { status, headers, body } = await browser().get(path);
    expect([status, body.error.code, body.error.requestId]).toEqual([400, 'BAD_REQUEST', headers['x-request-id']]);
    expect(headers['access-control-allow-origin']).toBe('https://shop.example');
  },
);

it('whatever is sent to whichever endpoint, the server does not fail', async () => {
  const anything = fc.oneof(
    fc.anything({ withNullPrototype: true }),
    fc.record({
      category: fc.anything(),
      text: fc.anything(),
      body: fc.anything(),
      ids: fc.anything(),
      featureId: fc.anything(),
    }),
  );
  const json = (value: unknown) => {
    try {
      return JSON.stringify(value) ?? 'null';
    } catch {
      return 'null';
    }
  };
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...WIDGET_ENDPOINTS),
      anything,
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.record(
        { limit: fc.string(), cursor: fc.string(), after: fc.string(), q: fc.string(), similar: fc.string(), sort: fc.string() },
        { requiredKeys: [] },
      ),
      async ({ method, path }, body, id, query) => {
        const url = `/w/${tenant.project.slug}${path.replace('{id}', encodeURIComponent(id.toWellFormed()) || 'x')}`;
        const asked = new URLSearchParams(Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]));
        const answer = await installation.app.inject({
          method,
          url: method === 'GET' ? `${url}?${asked}` : url,
          remoteAddress: `10.8.${Math.floor(Math.random() * 255)}.${Math.floor(Math.random() * 255)}`,
          headers: { 'x-reqbase-visitor': browser().id ?? '', 'content-type': 'application/json' },
          ...(method === 'POST' && { payload: json(body) }),
        });
        expect(answer.statusCode).toBeLessThan(500);
      },
    ),
    { numRuns: 300 },
  );
});
