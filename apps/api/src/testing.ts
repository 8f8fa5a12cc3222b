import { randomBytes, randomUUID } from 'node:crypto';
import {
  EMPTY,
  openTestAccess,
  recording,
  TEST_SECRET,
  type TestAccess,
  type TestKey,
  type TestTenant,
} from '@reqbase/auth/testing';
import {
  createServices,
  DOCUMENTED_SURFACES,
  installJobs,
  type Outbound,
  type ProcedureFacts,
  type Services,
} from '@reqbase/core';
import { type TestCore, testMailer } from '@reqbase/core/testing';
import type { FastifyInstance, InjectOptions } from 'fastify';
import type { Metrics } from './metrics.ts';
import { createServer, type ServerOptions } from './server.ts';
import type { Sessions } from './sessions.ts';
import { unknownKeyLimit } from './unknown-keys.ts';

/** The whole server over a database and a clock of the test's own. Seed it with `@reqbase/auth/testing`. */
export type TestInstallation = TestAccess & {
  readonly core: Services;
  /** The e-mails that `runJobs(installation.core)` has sent, in order. */
  readonly outbox: TestCore['outbox'];
  readonly app: FastifyInstance;
  readonly sessions: Sessions;
  readonly metrics: Metrics;
  close(): Promise<void>;
};

export async function openInstallation(
  options: Partial<ServerOptions> & {
    engine?: 'embedded' | 'postgres';
    unknownKeysPerMinute?: number;
    replyDomain?: string;
    /** In place of all ways out. */
    outbound?: Outbound;
  } = {},
): Promise<TestInstallation> {
  const access = await openTestAccess(options.engine);
  await installJobs(access.db);
  // What the server's own pipeline asks, in order, in `statements`.
  const sql = recording(access.db.sql);
  const { mailer, outbox } = testMailer();
  const core = createServices({
    db: { ...access.db, sql },
    secret: TEST_SECRET,
    defaultPlan: 'free',
    clock: access.clock.now,
    mailer,
    replyDomain: options.replyDomain ?? null,
    ...(options.publicUrl !== undefined && { publicUrl: options.publicUrl }),
    ...(options.outbound !== undefined && { outbound: options.outbound, documentOutbound: options.outbound }),
    ...(options.unknownKeysPerMinute !== undefined && {
      unknownKeys: unknownKeyLimit(options.unknownKeysPerMinute, access.clock.now),
    }),
  });
  const { app, sessions, metrics } = createServer(core, {
    publicUrl: 'http://localhost',
    logLevel: 'silent',
    trustProxy: false,
    clientDocuments: 'all',
    ...options,
  });
  await app.ready();
  return {
    ...access,
    statements: sql.statements,
    core,
    outbox,
    app,
    sessions,
    metrics,
    async close() {
      await app.close();
      await access.db.close();
    },
  };
}

export type Answer = {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly body: any;
  readonly text: string;
};

/** Sends a request without a socket and reads the answer, as JSON where it is. */
export async function send({ app }: Pick<TestInstallation, 'app'>, request: InjectOptions): Promise<Answer> {
  const response = await app.inject(request);
  const isJson = /\bjson\b/.test(String(response.headers['content-type'] ?? '')) && response.payload !== '';
  return {
    status: response.statusCode,
    headers: response.headers,
    body: isJson ? response.json() : undefined,
    text: response.payload,
  };
}

/** The project surface of a tenant, as a backend with this key calls it. */
export function projectApi(
  installation: Pick<TestInstallation, 'app'>,
  { project }: Pick<TestTenant, 'project'>,
  key: Pick<TestKey, 'raw'> | null,
) {
  const call =
    (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE') =>
    (path: string, body?: unknown, headers: Record<string, string> = {}) =>
      send(installation, {
        method,
        url: `/p/${project.slug}/api/v1${path}`,
        headers: { ...(key !== null && { authorization: `Bearer ${key.raw}` }), ...headers },
        ...(body !== undefined && { payload: body as object }),
      });
  return { get: call('GET'), post: call('POST'), put: call('PUT'), patch: call('PATCH'), delete: call('DELETE') };
}

/** Signs a seeded person in as a browser does; returns the cookie that it keeps. */
export async function signIn(installation: TestInstallation, user: { readonly id: string }): Promise<string> {
  const { db, sessions } = installation;
  const password = 'a password of the tests';
  const { email } = await db.prisma.user.findUniqueOrThrow({ where: { id: user.id }, select: { email: true } });
  await db.prisma.account.upsert({
    where: { providerId_accountId: { providerId: 'credential', accountId: user.id } },
    create: {
      id: installation.core.newId(),
      providerId: 'credential',
      accountId: user.id,
      userId: user.id,
      password: await sessions.hashPassword(password),
    },
    update: {},
  });
  // From an address of its own: the session library counts sign-ins by address, for the whole process.
  const remoteAddress = `10.${randomBytes(3).join('.')}`;
  const answer = await send(installation, {
    method: 'POST',
    url: '/api/auth/sign-in/email',
    payload: { email, password },
    remoteAddress,
  });
  const [cookie = ''] = [answer.headers['set-cookie']].flat().map(String);
  return cookie.split(';', 1)[0] ?? '';
}

/** What a stream begins with: its refusal, as a call's would be answered, or its first event. Then it is left. */
export async function firstOfStream({ app }: Pick<TestInstallation, 'app'>, request: InjectOptions): Promise<Answer> {
  const response = await app.inject({ ...request, payloadAsStream: true });
  const { headers, statusCode, raw } = response;
  const eventsIn = (sent: string) => [...sent.matchAll(/^(?:event: (\S+)\n)?data: (.*)\n/gm)];
  let text = '';
  for await (const chunk of response.stream()) {
    text += String(chunk);
    // The first says that the client is connected.
    if (eventsIn(text).length > 1) break;
  }
  raw.res.destroy();
  const isStream = String(headers['content-type']).startsWith('text/event-stream');
  const [, event = '', data = ''] = isStream ? (eventsIn(text)[1] ?? []) : [text, '', text];
  const body = JSON.parse(data);
  const answer = { status: statusCode, headers, text: data, body };
  if (!isStream) return answer;
  return event === 'serialized-error'
    ? { ...answer, status: body.data.httpStatus, body: { error: body } }
    : { ...answer, body: { result: { data: body } } };
}

/** What a signed-in person or a key gets from a procedure over RPC. */
async function rpc(
  installation: Pick<TestInstallation, 'app'>,
  type: ProcedureFacts['type'],
  path: string,
  input: unknown,
  headers: Record<string, string>,
): Promise<Answer> {
  const url = `/trpc/${path}`;
  if (type === 'mutation') return send(installation, { method: 'POST', url, headers, payload: input as object });
  const read = { method: 'GET' as const, url: `${url}?input=${encodeURIComponent(JSON.stringify(input))}`, headers };
  return type === 'query' ? send(installation, read) : firstOfStream(installation, read);
}

export type TestedSurface = 'RPC' | 'project' | 'org' | 'platform' | 'mcp';

/** The surfaces that a procedure is reached on, typed RPC first. */
export function surfacesOf({ meta }: ProcedureFacts): TestedSurface[] {
  const rest = (['project', 'org', 'platform'] as const).filter((surface) => meta.rest?.[surface] !== undefined);
  return ['RPC', ...rest, ...(meta.mcp === undefined ? [] : (['mcp'] as const))];
}

/**
 * Calls a procedure on one of its surfaces with nothing but the target in the input: enough for every gate, and for
 * most procedures a bad request once they are through.
 */
export async function knock(
  installation: Pick<TestInstallation, 'app'>,
  procedure: ProcedureFacts,
  surface: TestedSurface,
  target: { readonly project: string; readonly organization: string },
  headers: Record<string, string>,
): Promise<Answer> {
  const { path, type, meta, need } = procedure;
  if (surface === 'RPC') {
    const input = { project: { projectId: target.project }, organization: { organizationId: target.organization }, any: {} }[
      need.target
    ];
    return rpc(installation, type, path, input, headers);
  }
  if (surface === 'mcp') {
    const path = need.target === 'project' ? `/p/${target.project}/mcp` : `/o/${target.organization}/mcp`;
    const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: meta.mcp?.name, arguments: {} } };
    const accept = 'application/json, text/event-stream';
    return send(installation, { method: 'POST', url: path, headers: { ...headers, accept }, payload: call });
  }
  const binding = meta.rest?.[surface];
  if (binding === undefined) throw new Error(`${path} is not bound to ${surface}`);
  const url = (DOCUMENTED_SURFACES[surface].prefix + binding.path)
    .replace('{projectId}', target.project)
    .replace('{organizationId}', target.organization)
    .replace(/\{\w+\}/g, () => randomUUID());
  const hasBody = binding.method !== 'GET' && binding.method !== 'DELETE';
  return send(installation, { method: binding.method, url, headers, ...(hasBody && { payload: {} }) });
}

const RESTORE_PROJECTS = `update project set deleted_at = null, slug = 'project-' || left(id::text, 8) where deleted_at is not null;`;

/** Brings back the projects that somebody who was let in has deleted. */
export async function restoreProjects({ db }: Pick<TestInstallation, 'db'>): Promise<void> {
  await db.script(RESTORE_PROJECTS);
}

/** Between the tests of a matrix: counters and log are empty, and projects that somebody who was let in has deleted are back. */
export async function startAnew({ db }: Pick<TestInstallation, 'db'>): Promise<void> {
  await db.script(`begin; ${EMPTY.log} ${EMPTY.counters} ${RESTORE_PROJECTS} commit;`);
}

/** What a refusal says, whichever surface it came by. */
export function refusalIn({ status, body }: Answer): {
  status: number;
  code: string;
  requestId: string | null;
  detail: Record<string, unknown>;
} {
  if (body?.jsonrpc !== undefined) {
    // By HTTP, or in the result of the tool.
    const refusal = body.error?.data ?? JSON.parse(body.result.content[0].text);
    const { code, message: _message, requestId, issues: _issues, ...detail } = refusal;
    return { status, code, requestId, detail };
  }
  if (body?.error?.data !== undefined) {
    const { appCode, requestId, detail, retryAfter } = body.error.data;
    return { status, code: appCode, requestId, detail: { ...detail, ...(retryAfter !== undefined && { retryAfter }) } };
  }
  if (typeof body?.error === 'string') {
    const { error: _error, code, request_id, issues: _issues, ...rest } = body;
    const inCamelCase = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const detail = Object.fromEntries(Object.entries(rest).map(([name, value]) => [inCamelCase(name), value]));
    return { status, code, requestId: request_id ?? null, detail };
  }
  const { code, message: _message, requestId, issues: _issues, ...detail } = body?.error ?? {};
  return { status, code, requestId: requestId ?? null, detail };
}
