import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { seedKey, seedTenant, setUsed, type TestKey, type TestTenant } from '@reqbase/auth/testing';
import { boundProcedures, contextFor } from '@reqbase/core';
import { DOCUMENTED_SURFACES, viewRouter } from '@reqbase/core/openapi';
import { createOpenApiNodeHttpHandler } from 'trpc-to-openapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readKey } from './request-credential.ts';
import { type Answer, openInstallation, send, type TestInstallation } from './testing.ts';

// Whoever embeds the router elsewhere can serve its views with trpc-to-openapi's own handler. The same journeys through it
// and through the native routes: the same answers, but for what is listed here.

type Told = { readonly status: number; readonly body: unknown };
type Send = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>;
type World = {
  readonly send: Send;
  readonly tenant: TestTenant;
  readonly other: TestTenant;
  readonly key: TestKey;
  readonly scopeless: TestKey;
};
type Journey = (world: World) => Promise<Answer[]>;

let installation: TestInstallation;
let server: Server;
let stockSend: (request: { method: string; url: string; headers: Record<string, string>; payload?: string }) => Promise<Answer>;
const nativeAnswers = new Map<string, Told[]>();

const create = async ({ send: call }: World, body: object = {}) =>
  (await call('POST', '/features', { title: 'Dark mode', ...body })).body.data;
const one =
  (method: string, path: string, body?: unknown, headers?: Record<string, string>): Journey =>
  async ({ send: call }) => [await call(method, path, body, headers)];

/** Journeys that have to tell the same. A success is compared as it is; of a refusal the status, the code and its particulars. */
const SAME: Record<string, Journey> = {
  'an empty list': one('GET', '/features'),
  'a list with filters, sort and paging': async (world) => {
    for (const title of ['a', 'b', 'c']) await create(world, { title, tags: ['x'] });
    const first = await world.send(
      'GET',
      '/features?limit=2&sort=createdAt&order=asc&status=NEEDS_ACTION&status=COMPLETED&tag=x&minVotes=0&hasComments=true',
    );
    const page = await world.send('GET', '/features?limit=2&order=asc');
    const next = await world.send('GET', `/features?limit=2&order=asc&cursor=${encodeURIComponent(page.body.data.nextCursor)}`);
    return [first, { ...page, body: { data: { ...page.body.data, nextCursor: 'a cursor' } } }, next];
  },
  'a cursor of other filters': async (world) => {
    for (const title of ['a', 'b']) await create(world, { title });
    const page = await world.send('GET', '/features?limit=1');
    return [await world.send('GET', `/features?limit=1&order=asc&cursor=${encodeURIComponent(page.body.data.nextCursor)}`)];
  },
  'one feature': async (world) => [
    await world.send(
      'GET',
      `/features/${(await create(world, { description: 'a', tags: ['b'], requester: { email: 'ada@example.test' } })).id}`,
    ),
  ],
  'a feature that is not there': one('GET', '/features/0197a3c4-0000-7000-8000-000000000000'),
  'a feature of another project': async (world) => {
    const { id } = await installation.db.prisma.feature.create({
      data: {
        id: randomUUID(),
        projectId: world.other.project.id,
        number: 1,
        title: 'theirs',
        tags: [],
        category: 'FEATURE',
        source: 'api',
        statusChangedAt: new Date(),
        createdAt: new Date(),
        updatedAt: new Date(),
      },
    });
    return [await world.send('GET', `/features/${id}`)];
  },
  'an id that is none': one('GET', '/features/1'),
  'a change of status, and an illegal one': async (world) => {
    const [feature, question] = [await create(world), await create(world, { category: 'OTHER' })];
    return [
      await world.send('PATCH', `/features/${feature.id}`, { status: 'COMPLETED', completionKind: 'SHIPPED' }),
      await world.send('PATCH', `/features/${question.id}`, { status: 'IN_PROGRESS' }),
      await world.send('PATCH', `/features/${feature.id}`, { status: 'NONE' }),
    ];
  },
  comments: async (world) => {
    const { id } = await create(world);
    return [
      await world.send('GET', `/features/${id}/comments`),
      await world.send('POST', `/features/${id}/comments`, { body: 'a', parentId: randomUUID() }),
    ];
  },
  'the project': one('GET', '/project'),
  'a deletion, and what it leaves': async (world) => {
    const { id } = await create(world);
    await world.send('DELETE', `/features/${id}`);
    return [await world.send('GET', `/features/${id}`), await world.send('DELETE', `/features/${id}`)];
  },
  'no title': one('POST', '/features', {}),
  'a title that is too long': one('POST', '/features', { title: 'a'.repeat(201) }),
  'NUL in a title': one('POST', '/features', { title: '\0' }),
  'no credential': one('GET', '/features', undefined, { authorization: '' }),
  'a key that is none': one('GET', '/features', undefined, { authorization: 'Bearer riq_live_no' }),
  'a scope that is missing': async ({ send: call, scopeless }) => [
    await call('GET', '/features', undefined, { authorization: `Bearer ${scopeless.raw}` }),
  ],
  'a used-up day': async (world) => {
    await setUsed(installation, { projectId: world.tenant.project.id, day: 100_000 });
    return [await world.send('GET', '/project')];
  },
  'a type that is not JSON': one('POST', '/features', undefined, { 'content-type': 'application/xml' }),
};

/** Journeys that are known to tell another: what the native route says, and what the library's handler says. */
const DIFFERENT: Record<string, { journey: Journey; native: unknown[]; stock: unknown[] }> = {
  'what is made is 200, and has no Location and no ETag': {
    journey: async ({ send: call }) =>
      [await call('POST', '/features', { title: 'a' })].map(({ status, headers }) => [
        status,
        'location' in headers,
        'etag' in headers,
      ]) as never,
    native: [[201, true, true]],
    stock: [[200, false, false]],
  },
  'a deletion is 200 without a body': {
    journey: async (world) => {
      const { status, text } = await world.send('DELETE', `/features/${(await create(world)).id}`);
      return [[status, text]] as never;
    },
    native: [[204, '']],
    stock: [[200, '']],
  },
  'a refusal is `{message, code, data}`, with the code of the catalogue in `data.appCode`': {
    journey: async ({ send: call }) =>
      [Object.keys((await call('GET', '/features/0197a3c4-0000-7000-8000-000000000000')).body)] as never,
    native: [['error']],
    stock: [['message', 'code', 'data']],
  },
  'a foreign project is told apart from a wrong key': {
    journey: async ({ send: call, other }) =>
      [await call('GET', `/../../../${other.project.slug}/api/v1/features`)].map(told) as never,
    native: [{ status: 401, body: { code: 'UNAUTHORIZED' } }],
    stock: [{ status: 403, body: { code: 'API_KEY_ORG_MISMATCH' } }],
  },
  'nothing is said of limits, nor of how to ask for a credential': {
    journey: async ({ send: call }) =>
      [
        Object.keys((await call('GET', '/features')).headers),
        Object.keys((await call('GET', '/features', undefined, { authorization: '' })).headers),
      ].map((names) => names.filter((name) => /^(x-ratelimit-limit|x-request-id|www-authenticate)$/.test(name)).sort()) as never,
    native: [
      ['x-ratelimit-limit', 'x-request-id'],
      ['www-authenticate', 'x-request-id'],
    ],
    stock: [[], []],
  },
  'If-None-Match and If-Match are not looked at': {
    journey: async (world) => {
      const { id } = await create(world);
      const answers = [
        await world.send('GET', `/features/${id}`, undefined, { 'if-none-match': '*' }),
        await world.send('PATCH', `/features/${id}`, { status: 'COMPLETED' }, { 'if-match': '"0"' }),
      ];
      return answers.map(({ status }) => status) as never;
    },
    native: [304, 412],
    stock: [200, 200],
  },
  'Idempotency-Key is not looked at: what is sent twice acts twice': {
    journey: async (world) => {
      const headers = { 'idempotency-key': 'order-1' };
      for (let n = 0; n < 2; n++) await world.send('POST', '/features', { title: 'a' }, headers);
      return [(await world.send('GET', '/features')).body.data.items.length] as never;
    },
    native: [1],
    stock: [2],
  },
  'commas separate no names': {
    journey: statusOf('GET', '/features?status=NEEDS_ACTION,COMPLETED'),
    native: [200],
    stock: [400],
  },
  'queries are converted: 0 is true, 0x10 and a space are numbers': {
    journey: async (world) => [
      ...(await statusOf('GET', '/features?hasComments=0')(world)),
      ...(await statusOf('GET', '/features?minVotes=0x10')(world)),
      ...(await statusOf('GET', '/features?minVotes=%20')(world)),
    ],
    native: [400, 400, 400],
    stock: [200, 200, 200],
  },
  'bodies are converted: texts are numbers and booleans': {
    journey: async (world) => {
      const { id } = await create(world);
      return [
        ...(await statusOf('POST', '/features', { title: 'a', category: 'FEEDBACK', rating: '5' })(world)),
        ...(await statusOf('POST', `/features/${id}/comments`, { body: 'a', isInternal: 'false' })(world)),
      ];
    },
    native: [400, 400],
    stock: [200, 200],
  },
  'an empty parameter is no parameter': { journey: statusOf('GET', '/features?minVotes='), native: [400], stock: [200] },
  'a wrong method is an unknown path, HEAD is always 204, OPTIONS is nothing': {
    journey: async (world) => [
      ...(await statusOf('PUT', '/features', {})(world)),
      ...(await statusOf('HEAD', '/nothing')(world)),
      ...(await statusOf('OPTIONS', '/features')(world)),
    ],
    native: [405, 404, 204],
    stock: [404, 204, 404],
  },
  'paths are not decoded: an id in escapes is none': {
    journey: async (world) => {
      const { id } = await create(world);
      return statusOf('GET', `/features/${id.replace(/^./, (digit: string) => `%${digit.charCodeAt(0).toString(16)}`)}`)(world);
    },
    native: [200],
    stock: [400],
  },
  'a change of nothing is a fault of a field, and no body is a wrong type': {
    journey: async (world) => {
      const { id } = await create(world);
      const [empty, none] = [
        await world.send('PATCH', `/features/${id}`, {}),
        await world.send('PATCH', `/features/${id}`, undefined, { 'content-type': 'application/json' }),
      ];
      return [empty, none].map((answer) => [answer.status, (told(answer).body as { code: string }).code]) as never;
    },
    native: [
      [400, 'NO_UPDATES'],
      [400, 'NO_UPDATES'],
    ],
    stock: [
      [400, 'BAD_REQUEST'],
      [400, 'BAD_REQUEST'],
    ],
  },
  'a list for a body is taken for an empty object, and an escape that is none for an id': {
    journey: async ({ send: call }) => {
      const answers = [await call('POST', '/features', [1]), await call('GET', '/features/%E0%A4%A')];
      return answers.map((answer) => {
        const { issues = [] } = told(answer).body as { issues?: { path: string }[] };
        return [answer.status, issues.map(({ path }) => path)];
      }) as never;
    },
    native: [
      [400, ['']],
      [400, []],
    ],
    stock: [
      [400, ['title']],
      [400, ['id']],
    ],
  },
  'a parameter given twice is told by its last value': {
    journey: async ({ send: call }) => {
      const { body } = told(await call('GET', '/features?limit=1&limit=2'));
      return (body as { issues: { message: string }[] }).issues.map(({ message }) => /received \w+/.exec(message)?.[0]) as never;
    },
    native: ['received array'],
    stock: ['received NaN'],
  },
  'an Idempotency-Key of two words is no fault': {
    journey: statusOf('POST', '/features', { title: 'a' }, { 'idempotency-key': 'two words' }),
    native: [400],
    stock: [200],
  },
  'paths have no case': { journey: statusOf('GET', '/FEATURES'), native: [404], stock: [200] },
  'a stranger’s body is read: broken JSON is told before the missing credential': {
    journey: statusOf('POST', '/features', '{', { authorization: '' }),
    native: [401],
    stock: [400],
  },
};

function statusOf(method: string, path: string, body?: unknown, headers?: Record<string, string>): Journey {
  return async ({ send: call }) => [(await call(method, path, body, headers)).status] as never;
}

/** A success as it is; a refusal as its code and particulars, wherever they stand. */
function told({ status, body }: Answer): Told {
  if (status < 400) return { status, body };
  const {
    requestId: _id,
    message: _message,
    retryAfter: _seconds,
    ...error
  } = body.error ?? {
    code: body.data?.appCode ?? body.code,
    ...body.data?.detail,
    ...(body.data?.issues?.length > 0 && { issues: body.data.issues }),
  };
  return { status, body: error };
}

/** Ids by the order of their appearance, and names of the tenant by what they name: the same in both worlds. */
function comparable(answers: Told[], { tenant }: World): Told[] {
  const ids = new Map<string, string>([
    [tenant.project.id, 'the project'],
    [tenant.organization.id, 'the organization'],
  ]);
  const nameOf = (id: string): string => {
    const name = ids.get(id) ?? `id ${ids.size}`;
    ids.set(id, name);
    return name;
  };
  const text = JSON.stringify(answers)
    .replaceAll(tenant.project.slug, 'the-project')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, nameOf)
    // The rows of projects are stamped by the database's own clock.
    .replace(/"20(?!26-03-14)\d\d-[^"]*"/g, '"some time"');
  return JSON.parse(text) as Told[];
}

async function worldOf(transport: typeof stockSend): Promise<World> {
  const tenant = await seedTenant(installation, { plan: 'scale' });
  const key = await seedKey(installation, tenant, {
    scopes: ['backlog:write', 'status:write', 'features:delete', 'comments:write'],
  });
  const scopeless = await seedKey(installation, tenant, { scopes: ['notes:write'] });
  return {
    tenant,
    other: await seedTenant(installation, { plan: 'scale' }),
    key,
    scopeless,
    send: (method, path, body, headers = {}) => {
      const url = new URL(`http://localhost/p/${tenant.project.slug}/api/v1${path}`);
      return transport({
        method,
        url: url.pathname + url.search,
        headers: {
          authorization: `Bearer ${key.raw}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
    },
  };
}

beforeAll(async () => {
  installation = await openInstallation();
  // All native answers first: the library's handler changes the schemas that it serves.
  for (const [name, journey] of [
    ...Object.entries(SAME),
    ...Object.entries(DIFFERENT).map(([title, { journey }]) => [title, journey] as const),
  ]) {
    const world = await worldOf((request) => send(installation, request as never));
    nativeAnswers.set(name, await answersOf(journey, world));
  }
  const handler = createOpenApiNodeHttpHandler({
    router: viewRouter(DOCUMENTED_SURFACES.project) as never,
    createContext: async ({ req }: { req: import('node:http').IncomingMessage }) =>
      contextFor(installation.core, {
        surface: 'project',
        requestId: randomUUID(),
        credential: readKey(req.headers, { authorization: true, xApiKey: false }),
      }),
  } as never);
  server = createServer((request, response) => void handler(request as never, response as never)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stockSend = async ({ method, url, headers, payload }) => {
    const response = await fetch(origin + url, { method, headers, ...(payload !== undefined && { body: payload }) });
    const text = await response.text();
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      text,
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
});
afterAll(async () => {
  for (const { input } of boundProcedures('project')) restore(input);
  server.close();
  await installation.close();
});

/** Takes back what the handler does to the schemas: it lets them convert, and other tests run in this process. */
function restore(schema: unknown): void {
  if (schema instanceof z.ZodObject) Object.values(schema.shape).forEach(restore);
  else if (schema instanceof z.ZodArray) restore(schema.element);
  else if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    restore(schema.unwrap());
  else if (schema instanceof z.ZodType) Reflect.deleteProperty(schema.def, 'coerce');
}

async function answersOf(journey: Journey, world: World): Promise<Told[]> {
  const answers = await journey(world);
  return answers.every((answer) => typeof answer === 'object' && 'text' in answer)
    ? comparable(answers.map(told), world)
    : (answers as never);
}

describe('the views, served by trpc-to-openapi’s own handler, tell the same as the native routes of', () => {
  it.each(Object.entries(SAME))('%s', async (name, journey) => {
    expect(await answersOf(journey, await worldOf(stockSend))).toEqual(nativeAnswers.get(name));
  });
});

describe('the views, served by trpc-to-openapi’s own handler, differ in that', () => {
  it.each(Object.entries(DIFFERENT))('%s', async (name, { journey, native, stock }) => {
    expect(nativeAnswers.get(name)).toEqual(native);
    expect(await answersOf(journey, await worldOf(stockSend))).toEqual(stock);
  });
});
