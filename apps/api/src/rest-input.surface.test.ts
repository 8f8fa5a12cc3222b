import { countersOf, seedKey, seedTenant, setUsed, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { claimIdempotency } from '@reqbase/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, openInstallation, projectApi, send, type TestInstallation } from './testing.ts';

// What the project surface makes of queries, bodies and Idempotency-Key.

let installation: TestInstallation;
let tenant: TestTenant;
let key: TestKey;
let api: ReturnType<typeof projectApi>;

beforeAll(async () => {
  installation = await openInstallation();
});
afterAll(() => installation.close());
beforeEach(async () => {
  installation.clock.set('2026-03-14T10:20:30.250Z');
  tenant = await seedTenant(installation, { plan: 'pro' });
  key = await seedKey(installation, tenant, {
    scopes: ['backlog:write', 'status:write', 'comments:write', 'conversations:read'],
  });
  api = projectApi(installation, tenant, key);
});

const codeOf = ({ status, body }: Answer) => [status, body?.error?.code];
const titles = ({ body }: Answer): string[] => body.data.items.map(({ title }: { title: string }) => title);

describe('filters of several values', () => {
  beforeEach(async () => {
    for (const [title, category] of [
      ['f', 'FEATURE'],
      ['e', 'ERROR'],
      ['k', 'FEEDBACK'],
      ['o', 'OTHER'],
    ])
      await api.post('/features', { title, category, tags: [`${title}, and more`, 'all'] });
  });

  it.each([
    ['one', 'category=ERROR', ['e']],
    ['commas', 'category=ERROR,OTHER', ['o', 'e']],
    ['encoded commas', 'category=ERROR%2COTHER', ['o', 'e']],
    ['repetition', 'category=ERROR&category=OTHER', ['o', 'e']],
    ['both', 'category=ERROR,OTHER&category=FEEDBACK', ['o', 'k', 'e']],
    ['with another filter', 'category=ERROR,OTHER&status=NEEDS_ACTION&source=api', ['o', 'e']],
    ['a tag, which may hold a comma', `tag=${encodeURIComponent('e, and more')}`, ['e']],
    ['tags, all of which must be there', `tag=all&tag=${encodeURIComponent('k, and more')}`, ['k']],
  ])('come as %s', async (_name, query, expected) => {
    expect(titles(await api.get(`/features?${query}`))).toEqual(expected);
  });

  it.each([
    'category=ERROR,',
    'category=',
    'category=error',
    'category=ERROR, OTHER',
    'category=ERROR;OTHER',
    'status=OPEN',
    'tag=',
  ])('%s is refused', async (query) => {
    expect(codeOf(await api.get(`/features?${query}`))).toEqual([400, 'BAD_REQUEST']);
  });
});

describe('a query parameter', () => {
  it.each([
    ['hasComments=true', 200],
    ['hasComments=false', 200],
    ['hasComments=1', 400],
    ['hasComments=0', 400],
    ['hasComments=TRUE', 400],
    ['hasComments=yes', 400],
    ['hasComments=', 400],
    ['hasComments', 400],
    ['hasComments=true&hasComments=true', 400],
    ['minVotes=0', 200],
    ['minVotes=12', 200],
    ['minVotes=-1', 400],
    ['minVotes=1.5', 400],
    ['minVotes=01', 400],
    ['minVotes=%2B1', 400],
    ['minVotes=1e2', 400],
    ['minVotes=0x10', 400],
    ['minVotes=%20', 400],
    ['minVotes=%201', 400],
    ['minVotes=1,2', 400],
    ['minVotes=', 400],
    ['minVotes=Infinity', 400],
    ['minVotes=NaN', 400],
    ['minVotes=null', 400],
    ['limit=1', 200],
    ['limit=100', 200],
    ['limit=0', 400],
    ['limit=101', 400],
    ['limit=', 400],
    ['q=', 200],
    ['q=%20', 200],
    ['cursor=', 400],
    ['sort=votes&order=asc', 200],
    ['sort=Votes', 400],
    ['order=ASC', 400],
    ['requesterId=1', 400],
    ['createdAfter=2026-01-01T00:00:00Z', 200],
    ['createdAfter=2026-01-01T00:00:00.123%2B02:00', 200],
    ['createdAfter=2026-01-01', 400],
    ['createdAfter=2026-02-30T00:00:00Z', 400],
    ['createdAfter=1767225600', 400],
    ['createdAfter=5', 400],
    ['updatedSince=yesterday', 400],
  ])('%s is answered with %i', async (query, status) => {
    const answer = await api.get(`/features?${query}`);
    expect(answer.status).toBe(status);
    if (status === 400) expect(['BAD_REQUEST', 'INVALID_CURSOR']).toContain(answer.body.error.code);
  });

  it('means what it says: true is not false', async () => {
    const { id } = (await api.post('/features', { title: 'with' })).body.data;
    await api.post(`/features/${id}/comments`, { body: 'a comment' });
    await api.post('/features', { title: 'without' });
    expect(titles(await api.get('/features?hasComments=true'))).toEqual(['with']);
    expect(titles(await api.get('/features?hasComments=false'))).toEqual(['without']);
  });
});

describe('a member of a body is never converted', () => {
  it.each([
    ['a text for a boolean', { body: 'a', isInternal: 'false' }],
    ['a number for a boolean', { body: 'a', isInternal: 0 }],
    ['null for a boolean', { body: 'a', isInternal: null }],
    ['a number for a text', { body: 5 }],
    ['a boolean for an id', { body: 'a', parentId: true }],
  ])('%s is refused, in a comment', async (_name, comment) => {
    const { id } = (await api.post('/features', { title: 'a' })).body.data;
    expect(codeOf(await api.post(`/features/${id}/comments`, comment))).toEqual([400, 'BAD_REQUEST']);
    expect((await api.get(`/features/${id}`)).body.data.commentCount).toBe(0);
  });

  it.each([
    ['a text for a number', { title: 'a', category: 'FEEDBACK', rating: '5' }],
    ['a list for a number', { title: 'a', category: 'FEEDBACK', rating: [5] }],
    ['a text for a list', { title: 'a', tags: 'b' }],
    ['a list with commas for names', { title: 'a', category: 'FEATURE,ERROR' }],
  ])('%s is refused, in a feature', async (_name, feature) => {
    expect(codeOf(await api.post('/features', feature))).toEqual([400, 'BAD_REQUEST']);
    expect((await api.get('/features')).body.data.items).toEqual([]);
  });

  it('null is none for what may be none', async () => {
    const made = await api.post('/features', {
      title: 'a',
      description: null,
      subtype: null,
      rating: null,
      pageUrl: null,
      requester: null,
    });
    expect(made.status).toBe(201);
  });
});

describe('the last page of a list', () => {
  const lists: [path: string, add: (index: number) => Promise<unknown>][] = [
    ['/features', (index) => api.post('/features', { title: `feature ${index}` })],
    ['/features/{id}/comments', async (index) => api.post(`/features/${featureId}/comments`, { body: `comment ${index}` })],
  ];
  let featureId: string;

  it.each(lists)('of %s ends with `nextCursor: null` after each item once, whether it is full or not', async (template, add) => {
    featureId = template.includes('{id}') ? (await api.post('/features', { title: 'a' })).body.data.id : '';
    for (let index = 0; index < 6; index++) {
      await add(index);
      // Some of one instant, some of another.
      if (index % 2 === 0) installation.clock.advance(1);
    }
    for (const [limit, sizes] of [
      [2, [2, 2, 2]],
      [4, [4, 2]],
      [6, [6]],
      [7, [6]],
    ] as const) {
      const seen: string[] = [];
      const pages: unknown[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const path: string = `${template.replace('{id}', featureId)}?limit=${limit}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
        const { data } = (await api.get(path)).body;
        seen.push(...data.items.map(({ id }: { id: string }) => id));
        pages.push([data.items.length, data.hasMore]);
        expect(data.hasMore).toBe(data.nextCursor !== null);
        cursor = data.nextCursor;
      }
      expect(pages).toEqual(sizes.map((size, index) => [size, index < sizes.length - 1]));
      expect(new Set(seen).size).toBe(6);
    }
  });

  it('of nothing is one empty page', async () => {
    for (const path of ['/features?q=nothing', '/features?category=OTHER'])
      expect((await api.get(path)).body.data).toEqual({ items: [], hasMore: false, nextCursor: null });
  });
});

describe('Idempotency-Key', () => {
  const post = (body: object, idempotencyKey: string, path = '/features', from = api) =>
    from.post(path, body, { 'idempotency-key': idempotencyKey });
  const made = async () => (await api.get('/features?limit=100')).body.data.items.length;
  const used = async () => {
    const rows = await countersOf(installation);
    const callsOf = (counter: string) => rows.find((row) => row.counter === counter)?.calls ?? 0;
    return { minute: callsOf(`minute of ${key.id}`), day: callsOf(`day of ${tenant.project.id}`) };
  };

  it('gets the first answer again, marked, with its headers: it costs a minute’s call and no day’s', async () => {
    const first = await post({ title: 'a', tags: ['b'] }, 'order-1');
    const again = await post({ tags: ['b'], title: 'a' }, 'order-1');
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect([first.headers['idempotent-replayed'], again.headers['idempotent-replayed']]).toEqual([undefined, 'true']);
    for (const name of ['location', 'etag']) expect(again.headers[name]).toBe(first.headers[name]);
    expect(await used()).toEqual({ minute: 2, day: 1 });
    expect(await made()).toBe(1);
  });

  it('gets it although the feature has changed since, or the day is used up since', async () => {
    const first = await post({ title: 'a' }, 'order-1');
    await api.patch(`/features/${first.body.data.id}`, { status: 'COMPLETED' });
    await setUsed(installation, { projectId: tenant.project.id, day: 10_000 });
    expect((await post({ title: 'a' }, 'order-1')).body).toEqual(first.body);
    expect((await post({ title: 'a' }, 'order-2')).status).toBe(429);
  });

  it('does not get it without the scope any more', async () => {
    await post({ title: 'a' }, 'order-1');
    await installation.db.prisma.apiKey.update({ where: { id: key.id }, data: { scopes: [{ permission: 'backlog:read' }] } });
    expect(codeOf(await post({ title: 'a' }, 'order-1'))).toEqual([403, 'INSUFFICIENT_SCOPE']);
  });

  it('with another body is a conflict', async () => {
    await post({ title: 'a' }, 'order-1');
    expect(codeOf(await post({ title: 'b' }, 'order-1'))).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
    expect(await made()).toBe(1);
  });

  it('of a call in flight is a conflict, which costs a minute’s call; once it has failed, the retry acts', async () => {
    const request = {
      principalId: key.id,
      operation: `POST ${tenant.project.id}/features`,
      key: 'order-1',
      body: { title: 'a' },
    };
    const inFlight = await claimIdempotency(installation.db, installation.core, request);
    expect(codeOf(await post({ title: 'a' }, 'order-1'))).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
    expect(await used()).toEqual({ minute: 1, day: 0 });
    if (inFlight.kind === 'claimed') await inFlight.claim.release();
    expect((await post({ title: 'a' }, 'order-1')).status).toBe(201);
  });

  it('of a call that has died in flight is free again after a minute', async () => {
    const request = {
      principalId: key.id,
      operation: `POST ${tenant.project.id}/features`,
      key: 'order-1',
      body: { title: 'a' },
    };
    await claimIdempotency(installation.db, installation.core, request);
    installation.clock.advance(60_000);
    expect((await post({ title: 'a' }, 'order-1')).status).toBe(409);
    installation.clock.advance(1);
    expect((await post({ title: 'a' }, 'order-1')).status).toBe(201);
  });

  it('is of the project and the operation, however the address is spelled', async () => {
    const first = await post({ title: 'a' }, 'order-1');
    for (const name of [tenant.project.id, tenant.project.slug]) {
      const again = await send(installation, {
        method: 'POST',
        url: `/p/${name}/api/v1/%66eatures/`,
        headers: { authorization: `Bearer ${key.raw}`, 'idempotency-key': 'order-1' },
        payload: { title: 'a' },
      });
      expect([again.status, again.text]).toEqual([201, first.text]);
    }
    expect(await made()).toBe(1);
  });

  it('sent ten times at once acts once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => post({ title: 'a' }, 'order-1')));
    const [done, refused] = [answers.filter(({ status }) => status === 201), answers.filter(({ status }) => status !== 201)];
    expect(new Set(done.map(({ body }) => body.data.id)).size).toBe(1);
    expect(done.filter(({ headers }) => headers['idempotent-replayed'] === undefined)).toHaveLength(1);
    expect(refused.map(codeOf)).toEqual(refused.map(() => [409, 'IDEMPOTENCY_CONFLICT']));
    expect(await made()).toBe(1);
  });

  it('of a refused call is free: what was wrong can be put right', async () => {
    expect((await post({ title: '' }, 'order-1')).status).toBe(400);
    expect((await post({ title: 'a' }, 'order-1')).status).toBe(201);
  });

  it('is kept for 24 hours', async () => {
    const first = await post({ title: 'a' }, 'order-1');
    installation.clock.advance(24 * 3_600_000);
    expect((await post({ title: 'a' }, 'order-1')).body).toEqual(first.body);
    installation.clock.advance(1);
    const later = await post({ title: 'a' }, 'order-1');
    expect(later.body.data.id).not.toBe(first.body.data.id);
  });

  it('is the caller’s own, and the path’s own', async () => {
    const first = await post({ title: 'a' }, 'order-1');
    const other = projectApi(installation, tenant, await seedKey(installation, tenant, { scopes: ['backlog:write'] }));
    const second = await post({ title: 'a' }, 'order-1', '/features', other);
    expect([second.status, second.headers['idempotent-replayed']]).toEqual([201, undefined]);
    const comment = await post({ body: 'a' }, 'order-1', `/features/${first.body.data.id}/comments`);
    expect(comment.status).toBe(201);
  });

  it('says nothing to a method that does not act twice', async () => {
    const { id } = (await api.post('/features', { title: 'a' })).body.data;
    for (const status of ['COMPLETED', 'IN_PROGRESS']) {
      expect((await api.patch(`/features/${id}`, { status }, { 'idempotency-key': 'order-1' })).body.data.status).toBe(status);
    }
  });
});
