import { setTimeout as pause } from 'node:timers/promises';
import { EXIT, Failure } from './failure.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';
export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;
export type Request = { readonly query?: Query; readonly body?: object };

/** A page as the organization surface gives it. */
export type Page<Row> = { readonly data: readonly Row[]; readonly cursor: string | null; readonly has_more: boolean };

export type Api = {
  /** What is in `data` of the answer. @throws {Failure} */
  one<Data>(method: Method, path: string, request?: Request): Promise<Data>;
  /** One page of a list. @throws {Failure} */
  page<Row>(path: string, query?: Query): Promise<Page<Row>>;
  /** The body as it comes in. @throws {Failure} */
  stream(path: string, query?: Query): Promise<ReadableStream<Uint8Array>>;
};

/** The longest that is waited before the one retry. Source: wire-facts, Rate tiers. */
const LONGEST_WAIT_SECONDS = 30;
const TIMEOUT_MS = 60_000;

/** The organization surface of a server, called with a key. */
export function connect(apiBase: string, apiKey: string): Api {
  const call = (method: Method, path: string, request: Request = {}) =>
    send(new URL(`/api/v1${path}`, apiBase), method, { ...request, headers: { 'x-api-key': apiKey } });
  return {
    async one<Data>(method: Method, path: string, request?: Request) {
      const response = await call(method, path, request);
      return response.status === 204 ? (undefined as Data) : ((await json(response)) as { data: Data }).data;
    },
    async page<Row>(path: string, query?: Query) {
      return (await json(await call('GET', path, query === undefined ? {} : { query }))) as Page<Row>;
    },
    async stream(path, query) {
      const { body } = await call('GET', path, query === undefined ? {} : { query });
      return body ?? new ReadableStream();
    },
  };
}

type Sent = Request & { readonly headers?: Record<string, string> };

/** Sends a request, and once more when the server asks for a short wait. @throws {Failure} for every answer from 400 up */
export async function send(url: URL, method: Method, { query = {}, body, headers = {} }: Sent): Promise<Response> {
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const each of Array.isArray(value) ? (value as readonly string[]) : [value]) url.searchParams.append(name, String(each));
  }
  const attempt = () =>
    fetch(url, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { ...headers, accept: 'application/json', ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw unreachable(url, error);
    });
  const first = await attempt();
  if (first.ok) return first;
  const failure = await failureOf(first);
  const seconds = failure.retryAfter;
  if (first.status !== 429 || seconds === null || seconds > LONGEST_WAIT_SECONDS) throw toFailure(failure);
  await pause(seconds * 1_000);
  const second = await attempt();
  if (second.ok) return second;
  throw toFailure(await failureOf(second));
}

async function json(response: Response): Promise<unknown> {
  return response.json().catch(() => {
    throw new Failure('The server has not answered with JSON.', {
      exitCode: EXIT.api,
      code: 'BAD_ANSWER',
      status: response.status,
    });
  });
}

function unreachable({ origin }: URL, error: unknown): Failure {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : cause.name) : '';
  return new Failure(`${origin} cannot be reached.`, {
    exitCode: EXIT.api,
    code: 'UNREACHABLE',
    details: [...(why === '' ? [] : [why]), 'Name the server with --api-base, or sign in again.'],
  });
}

/** A refusal of the server, in the dialect of contract RogerIQ or in that of Reqflo, which has it all in `error`. */
export type Refusal = {
  readonly status: number;
  readonly error: string;
  readonly code: string;
  readonly requestId: string | null;
  readonly retryAfter: number | null;
  readonly details: readonly string[];
};

async function failureOf(response: Response): Promise<Refusal> {
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  const nested = answer['error'];
  const isNested = typeof nested === 'object' && nested !== null;
  const body = isNested ? camelCased(nested, { error: (nested as Record<string, unknown>)['message'] }) : camelCased(answer);
  const text = (name: string) => (typeof body[name] === 'string' ? body[name] : null);
  const issues = Array.isArray(body['issues']) ? (body['issues'] as { path: string; message: string }[]) : [];
  const granted = Array.isArray(body['grantedScopes']) ? (body['grantedScopes'] as string[]) : [];
  const offenders = Array.isArray(body['offenders']) ? (body['offenders'] as { scope: string; reason: string }[]) : [];
  const required = text('requiredScope');
  const plan = text('requiredPlan');
  return {
    status: response.status,
    error: text('error') ?? `The server has answered ${response.status}.`,
    code: text('code') ?? 'BAD_ANSWER',
    requestId: text('requestId') ?? response.headers.get('x-request-id'),
    retryAfter: typeof body['retryAfter'] === 'number' ? body['retryAfter'] : null,
    details: [
      ...issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)),
      ...(required === null ? [] : [`It needs ${required}; the key has ${granted.join(', ') || 'no scope'}.`]),
      ...(plan === null ? [] : [`It needs the plan ${plan}.`]),
      ...offenders.map(({ scope, reason }) => `${scope}: ${reason}`),
    ],
  };
}

/** Contract RogerIQ writes `retry_after` where Reqflo writes `retryAfter`. */
function camelCased(body: object, more: object = {}): Record<string, unknown> {
  const camel = (name: string) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const entries = Object.entries(body).map(([name, value]: [string, unknown]) => [camel(name), value] as const);
  return { ...Object.fromEntries<unknown>(entries), ...more };
}

const AUTH_CODES = new Set([
  'FORBIDDEN',
  'INSUFFICIENT_SCOPE',
  'API_KEY_ORG_MISMATCH',
  'API_KEY_PROJECT_MISMATCH',
  'IP_NOT_ALLOWED',
]);

function toFailure({ status, error, code, requestId, retryAfter, details }: Refusal): Failure {
  const isAuth = status === 401 || AUTH_CODES.has(code);
  const exitCode = status === 429 ? EXIT.rateLimited : isAuth ? EXIT.auth : EXIT.api;
  const wait = status === 429 && retryAfter !== null ? [`Try again in ${retryAfter} seconds.`] : [];
  return new Failure(error, { exitCode, code, requestId, status, details: [...details, ...wait] });
}
