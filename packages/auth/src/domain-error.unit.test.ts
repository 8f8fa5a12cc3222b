import { initTRPC, TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { DomainError, toPublic } from './domain-error.ts';
import { ERRORS, type ErrorCode } from './errors.ts';

const CODES = Object.keys(ERRORS) as ErrorCode[];
const CANARY = 'postgres://reqbase:hunter2@10.0.0.7/reqbase';
const INTERNAL = { status: 500, code: 'INTERNAL_ERROR', message: 'Something went wrong on our side.', issues: [] };

/** What a caller of a procedure with this resolver is told. */
async function publicErrorOf(resolve: () => unknown, given: unknown) {
  const t = initTRPC.create();
  const procedure = t.procedure
    .input(z.object({ name: z.string().max(5), tags: z.array(z.number()).optional() }))
    .output(z.object({ id: z.uuid() }))
    .query(() => resolve() as { id: string });
  const caller = t.createCallerFactory(t.router({ procedure }))({});
  return caller.procedure(given as { name: string }).then(() => expect.fail('nothing was thrown'), toPublic);
}

describe('the catalogue', () => {
  it.each(CODES)('gives %s one status, on every surface: tRPC answers with it too, or with the nearest that it has', (code) => {
    const [status] = ERRORS[code];
    const error = new DomainError(code);
    // tRPC has no 202, no 410 and no 414.
    expect(getHTTPStatusCodeFromError(error)).toBe({ 202: 428, 410: 404, 414: 400 }[status as number] ?? status);
    expect(toPublic(error)).toEqual({ status, code, message: ERRORS[code][1], issues: [] });
  });

  it('has a text for every code, in the words of no machine', () => {
    for (const code of CODES) expect(ERRORS[code][1], code).toMatch(/^[A-Z][^_]+$/);
  });

  // reference/scopes-codes-limits, Error codes; contract Reqio, Daily quota; contract RogerIQ, Organization binding.
  it.each<[ErrorCode, number, string?]>([
    ['UNAUTHORIZED', 401, 'Authentication is required or invalid.'],
    ['API_KEY_EXPIRED', 401],
    ['API_KEY_REVOKED', 401],
    ['INSUFFICIENT_SCOPE', 403],
    ['API_KEY_ORG_MISMATCH', 403, 'API key is not authorized for this organization'],
    ['API_KEY_PROJECT_MISMATCH', 403],
    ['PLAN_REQUIRED', 403],
    ['SCOPE_NOT_GRANTABLE', 403],
    ['FORBIDDEN', 403],
    ['PROJECT_NOT_FOUND', 404],
    ['INVALID_STATUS_TRANSITION', 409],
    ['IDEMPOTENCY_CONFLICT', 409],
    ['PAYLOAD_TOO_LARGE', 413],
    ['RATE_LIMITED', 429, 'Too many requests'],
    [
      'API_QUOTA_EXCEEDED',
      429,
      'Daily API request limit reached for this project. It resets at 00:00 UTC. Upgrade for a higher limit.',
    ],
    ['AMBIGUOUS_CREDENTIALS', 400],
    ['AUTHORIZATION_PENDING', 202],
    ['SLOW_DOWN', 429],
    ['ACCESS_DENIED', 403],
    ['DEVICE_CODE_EXPIRED', 410],
  ])('keeps to the contracts: %s is %i', (code, status, message = ERRORS[code][1]) => {
    expect(ERRORS[code]).toEqual([status, message]);
  });
});

describe('a domain error', () => {
  it('tells its particulars and nothing of its cause', () => {
    const detail = { requiredScope: 'status:write', grantedScopes: ['backlog:read'] };
    const issues = [{ path: 'name', message: 'Too long' }];
    const error = new DomainError('INSUFFICIENT_SCOPE', { detail, issues, retryAfter: 12, cause: new Error(CANARY) });
    expect(toPublic(error)).toEqual({
      status: 403,
      code: 'INSUFFICIENT_SCOPE',
      message: 'The credential lacks the required scope.',
      issues,
      retryAfter: 12,
      detail,
    });
    expect(error.cause).toMatchObject({ message: CANARY });
  });

  it('is told the same from a resolver, and from behind an error of tRPC', async () => {
    const error = new DomainError('FEATURE_NOT_FOUND');
    const expected = { status: 404, code: 'FEATURE_NOT_FOUND', message: 'Feature not found', issues: [] };
    expect(await publicErrorOf(() => Promise.reject(error), { name: 'x' })).toEqual(expected);
    expect(toPublic(new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: CANARY, cause: error }))).toEqual(expected);
  });
});

describe('internal text', () => {
  it.each<[string, unknown]>([
    ['an error', new Error(CANARY)],
    ['an error with the status of another', Object.assign(new Error(CANARY), { statusCode: 404, status: 404, expose: true })],
    ['an error with a code of the database', Object.assign(new Error(CANARY), { code: 'P2002', meta: { target: CANARY } })],
    ['an error with a code of the file system', Object.assign(new Error(CANARY), { code: 'ENOENT', path: CANARY })],
    ['an error with a code of the catalogue', Object.assign(new Error(CANARY), { code: 'FORBIDDEN', appCode: 'FORBIDDEN' })],
    ['an internal error of tRPC', new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: CANARY, cause: new Error(CANARY) })],
    ['a refusal that no gate of ours makes', new TRPCError({ code: 'UNAUTHORIZED', message: CANARY })],
    ['a zod error of our own data', z.object({ [CANARY]: z.string() }).safeParse({}).error],
    ['a text', CANARY],
    ['an object', { message: CANARY, code: 'BAD_REQUEST', toString: () => CANARY }],
    ['nothing', undefined],
    ['null', null],
  ])('of %s never leaves the process', (_what, thrown) => {
    expect(toPublic(thrown)).toEqual(INTERNAL);
  });

  it('of a store out of reach never leaves the process: the caller is told to try again', () => {
    const refused = Object.assign(new Error(CANARY), { code: 'ECONNREFUSED', address: CANARY });
    const behind = new TRPCError({
      code: 'INTERNAL_SERVER_ERROR',
      message: CANARY,
      cause: new Error(CANARY, { cause: refused }),
    });
    for (const error of [refused, behind]) {
      expect(toPublic(error)).toEqual({
        status: 503,
        code: 'UNAVAILABLE',
        message: ERRORS.UNAVAILABLE[1],
        issues: [],
        retryAfter: 1,
      });
    }
  });

  it('of a failed output never leaves the process, nor is it taken for bad input', async () => {
    expect(await publicErrorOf(() => ({ id: CANARY }), { name: 'x' })).toEqual(INTERNAL);
    expect(await publicErrorOf(() => Promise.reject(z.string().safeParse(CANARY.length).error), { name: 'x' })).toEqual(INTERNAL);
  });

  it('of the refusals of tRPC itself is replaced by the catalogue’s', async () => {
    const expected = {
      BAD_REQUEST: 'BAD_REQUEST',
      PARSE_ERROR: 'BAD_JSON',
      NOT_FOUND: 'RESOURCE_NOT_FOUND',
      METHOD_NOT_SUPPORTED: 'METHOD_NOT_ALLOWED',
    } as const;
    for (const [code, appCode] of Object.entries(expected) as [keyof typeof expected, ErrorCode][]) {
      expect(toPublic(new TRPCError({ code, message: CANARY }))).toMatchObject({ code: appCode, message: ERRORS[appCode][1] });
    }
  });

  it('never leaves the process, whatever is thrown, and the answer is always one of the catalogue', () => {
    const thrown = fc.oneof(
      fc.anything(),
      fc
        .tuple(fc.string(), fc.oneof(fc.string(), fc.constantFrom('toString', '__proto__', 'constructor', 'valueOf')))
        .map(([message, code]) => Object.assign(new Error(CANARY + message), { code })),
    );
    fc.assert(
      fc.property(thrown, (error) => {
        const told = toPublic(error);
        expect(ERRORS[told.code]).toEqual([told.status, told.message]);
        expect(JSON.stringify(told)).not.toContain(CANARY);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('bad input', () => {
  it('is told field by field, with paths in dots and without the values', async () => {
    const told = await publicErrorOf(() => ({}), { name: `${CANARY} too long`, tags: [1, 'two'] });
    expect(told).toMatchObject({ status: 400, code: 'BAD_REQUEST', message: 'The request did not pass validation.' });
    expect(told.issues.map(({ path }) => path)).toEqual(['name', 'tags.1']);
    for (const { message } of told.issues) expect(message).not.toBe('');
    expect(JSON.stringify(told)).not.toContain(CANARY);
  });

  it.each([undefined, null, [], 'text', 7])('that is no object is bad input: %s', async (given) => {
    const told = await publicErrorOf(() => ({}), given);
    expect(told).toMatchObject({ status: 400, code: 'BAD_REQUEST', issues: [{ path: '' }] });
  });
});

describe("the web framework's refusals", () => {
  it.each<[string, ErrorCode]>([
    ['FST_ERR_CTP_INVALID_JSON_BODY', 'BAD_JSON'],
    ['FST_ERR_CTP_EMPTY_JSON_BODY', 'BAD_JSON'],
    ['FST_ERR_CTP_INVALID_CONTENT_LENGTH', 'BAD_REQUEST'],
    ['FST_ERR_CTP_INVALID_MEDIA_TYPE', 'UNSUPPORTED_MEDIA_TYPE'],
    ['FST_ERR_CTP_BODY_TOO_LARGE', 'PAYLOAD_TOO_LARGE'],
    ['FST_ERR_BAD_URL', 'BAD_REQUEST'],
    ['FST_ERR_MAX_PARAM_LENGTH', 'URI_TOO_LONG'],
  ])('%s is told as %s, in the words of the catalogue', (frameworkCode, code) => {
    const error = Object.assign(new Error(CANARY), { code: frameworkCode, statusCode: 418 });
    expect(toPublic(error)).toEqual({ status: ERRORS[code][0], code, message: ERRORS[code][1], issues: [] });
  });
});
