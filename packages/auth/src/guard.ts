import type { Database } from '@reqbase/db';
import { initTRPC, type TRPCError } from '@trpc/server';
import { type AuditLog, auditDenial, type CallOrigin } from './audit.ts';
import { authorize, checkCredential, type Denial, type Grant, type Requirement } from './authorize.ts';
import { type AccessSource, type Credential, type Facts, lookUp, type TargetRef } from './credential.ts';
import { DomainError, toPublic } from './domain-error.ts';
import type { ErrorCode } from './errors.ts';
import {
  type Charge,
  type Meter,
  minuteOf,
  PrincipalGone,
  secondsToNextDay,
  secondsToNextMinute,
  utcDay,
  type Verdict,
} from './meter.ts';
import { hashOAuthToken } from './oauth-token.ts';
import { PLANS } from './plans.ts';
import type { TargetKind } from './scopes.ts';

/** What the pipeline needs of the installation. */
export type AccessServices = {
  readonly db: Database;
  readonly source: AccessSource;
  readonly meter: Meter;
  readonly audit: AuditLog;
  /** Null where nobody calls from outside. */
  readonly unknownKeys: UnknownKeys | null;
  /** Null where nobody is told of quotas. */
  readonly quotaWatch: QuotaWatch | null;
};

/**
 * Told of every call that was charged, admitted or not, before it goes on. Whoever has something to write returns a promise,
 * which the call waits for; its failure is not the call's.
 */
export type QuotaWatch = (charge: Charge, verdict: Verdict) => Promise<void> | undefined;

/** Who has tried unknown keys of late, by address. */
export type UnknownKeys = {
  /**
   * Before a key is looked up.
   *
   * @throws {DomainError} RATE_LIMITED for an address that has tried too many, unless the key was good there of late
   */
  check(address: string, publicId: string): void;
  /** What the look-up found. */
  note(address: string, publicId: string, isGood: boolean): void;
};

/** A metered call's limits and where they stand, for the headers of its answer. */
export type Metered = { readonly charge: Charge; readonly verdict: Verdict; readonly facts: Facts };

/** What a surface tells the pipeline of a call. One per request: the facts are read once, however many gates ask. */
export type AuthContext = CallOrigin & {
  readonly access: AccessServices;
  readonly credential: Credential;
  /** Facts already read in this request, by target. Nothing outlives the request. */
  readonly facts: Map<string, Promise<Facts | null>>;
  /** A call whose answer is already known: it counts in the minute and not in the day. */
  readonly isReplay: boolean;
  /** Whether it comes by MCP, which has plans and a day of its own. */
  readonly isMcp: boolean;
  /** Told of the genuine key that a call comes with, before it is known what that may do. */
  readonly onKey: ((key: NonNullable<Facts['key']>) => void) | null;
  /** Told of the counters of every metered call. */
  readonly onMetered: ((metered: Metered) => void) | null;
};

/** Set by the guard, read by documents and tests; a procedure cannot be built without it. */
export type AccessMeta = { readonly need?: Requirement };

/** What the call is about, for as far as the procedure named it: no resolver meets a missing tenant. */
export type Tenant<Kind extends TargetKind> = {
  any: { readonly project: Facts['project']; readonly organization: Facts['organization'] };
  organization: { readonly project: Facts['project']; readonly organization: NonNullable<Facts['organization']> };
  project: { readonly project: NonNullable<Facts['project']>; readonly organization: NonNullable<Facts['organization']> };
}[Kind];

const t = initTRPC.context<AuthContext>().meta<AccessMeta>().create();

/**
 * The access pipeline as a procedure builder, in its one order: credential, tenant, scope, plan, role (`admit`), then
 * rate and quota (`charge`), then the input and the resolver. One middleware, since each costs microseconds.
 */
export function guardFor<Kind extends TargetKind>(need: Requirement & { readonly target: Kind }) {
  return t.procedure.meta({ need }).use(async ({ ctx, path, type, getRawInput, next }) => {
    const input = await getRawInput().catch(async (cause: unknown) => {
      // Who may not ask is not told what is wrong with the question.
      await identify(ctx, {}, path);
      throw new DomainError(type === 'mutation' ? 'BAD_JSON' : 'BAD_REQUEST', { cause });
    });
    const target = targetOf(input, need.target);
    const grant = await admit(ctx, need, target, path);
    await charge(ctx, grant, path);
    const result = await next({ ctx: { grant, tenant: tenantOf(grant, need.target) } });
    // A service may refuse as well (a scope that is not grantable): a denial like the others.
    if (!result.ok && isDenial(result.error)) await recordDenial(ctx, grant.facts, path, result.error);
    return result;
  });
}

/** Gate 1 for surfaces that refuse a credential before they read the body. */
export async function identify(ctx: AuthContext, target: TargetRef, operation: string): Promise<Facts> {
  const facts = await readFacts(ctx, target);
  const denial = checkCredential({ facts, now: ctx.clock(), ip: ctx.ip });
  if (denial !== null || facts === null)
    return refuse(ctx, facts, { gate: 'credential', code: 'UNAUTHORIZED', ...denial }, operation);
  return facts;
}

/** Gates 1 to 5. @throws {DomainError} with the code of the gate that refuses, after recording the denial */
export async function admit(ctx: AuthContext, need: Requirement, target: TargetRef, operation: string): Promise<Grant> {
  const facts = await readFacts(ctx, target);
  const decision = authorize(facts, need, target, ctx.clock(), ctx.ip, ctx.isMcp);
  return decision.allowed ? decision.grant : refuse(ctx, facts, decision, operation);
}

/**
 * Gates 6 and 7, in one atomic step.
 *
 * @throws {DomainError} RATE_LIMITED or API_QUOTA_EXCEEDED, with `retryAfter`; as for an unknown credential when it has ended since
 */
export async function charge(ctx: AuthContext, { facts }: Grant, operation: string): Promise<void> {
  const due = chargeFor(ctx, facts);
  if (due === null) return;
  const verdict = await ctx.access.meter.charge(due).catch((cause: unknown) => {
    throw cause instanceof PrincipalGone ? new DomainError(unknownCode(ctx), { cause }) : cause;
  });
  ctx.onMetered?.({ charge: due, verdict, facts });
  await ctx.access.quotaWatch?.(due, verdict);
  const refusal = refusalOf(verdict, due.at);
  if (refusal === null) return;
  if (isFirstRefusal(due, verdict)) await recordDenial(ctx, facts, operation, refusal);
  throw refusal;
}

/** Tells the surface where the counters of an identified caller stand, for the headers of a refusal; moves none. */
export async function peek(ctx: AuthContext): Promise<void> {
  // What is about no known operation is about no known target.
  // Who may not even be looked up is told nothing.
  if (ctx.facts.size === 0) await readFacts(ctx, {}).catch(() => null);
  for (const pending of ctx.facts.values()) {
    const facts = await pending;
    const isRefused = checkCredential({ facts, now: ctx.clock(), ip: ctx.ip }) !== null;
    const due = facts === null || isRefused ? null : chargeFor(ctx, facts);
    if (facts !== null && due !== null) ctx.onMetered?.({ charge: due, verdict: await ctx.access.meter.read(due), facts });
  }
}

/** What a call by these facts is charged to; null for people, who are not metered. */
export function chargeFor(
  { clock, isReplay, isMcp, ip }: Pick<AuthContext, 'clock' | 'isReplay' | 'isMcp' | 'ip'>,
  facts: Facts,
): Charge | null {
  if (facts.key === null || facts.organization === null) return null;
  const { callsPerMinute, callsPerDay, mcpCallsPerDay } = PLANS[facts.organization.plan];
  const isOwnProject = facts.project !== null && facts.project.orgId === facts.organization.id;
  return {
    keyId: facts.key.id,
    projectId: isOwnProject ? facts.project.id : null,
    callsPerMinute,
    callsPerDay: isMcp ? mcpCallsPerDay : callsPerDay,
    at: clock(),
    ip,
    cost: isReplay ? 'minute' : 'call',
  };
}

/** The refusal that a verdict amounts to. */
export function refusalOf({ admitted }: Verdict, at: Date): DomainError | null {
  if (admitted === 'yes') return null;
  return admitted === 'day exhausted'
    ? new DomainError('API_QUOTA_EXCEEDED', { retryAfter: secondsToNextDay(at) })
    : new DomainError('RATE_LIMITED', { retryAfter: secondsToNextMinute(at) });
}

/** The project or organization that an input names; whatever is no name is none. */
export function targetOf(input: unknown, kind: TargetKind): TargetRef {
  if (kind === 'any') return {};
  const given = typeof input === 'object' && input !== null ? (input as Readonly<Record<string, unknown>>) : {};
  // A name that cannot be one still has to be refused as a missing one, not as no target.
  const named = (name: unknown) => (typeof name === 'string' && /^[\w-]{1,100}$/.test(name) ? name : '');
  if (kind === 'organization') return { organization: named(given['organizationId']) };
  // A path may name the project's organization, too.
  return {
    project: named(given['projectId']),
    ...(given['organizationId'] !== undefined && { organization: named(given['organizationId']) }),
  };
}

function tenantOf<Kind extends TargetKind>({ facts: { project, organization } }: Grant, kind: Kind): Tenant<Kind> {
  const isMissing = (kind === 'project' && project === null) || (kind !== 'any' && organization === null);
  if (isMissing) throw new Error('the tenant gate let a call through without its tenant');
  return { project, organization } as Tenant<Kind>;
}

async function readFacts(ctx: AuthContext, target: TargetRef): Promise<Facts | null> {
  // No target and one that cannot be are two: a bound key's own project stands in for the former only.
  // A key's organization is its own, whichever is named; a token's too.
  const organization = ctx.credential.kind === 'session' ? target.organization : undefined;
  const memo = JSON.stringify([target.project, organization]);
  const known = ctx.facts.get(memo);
  if (known !== undefined) return known;
  const publicId = publicIdOf(ctx);
  if (publicId !== null && ctx.ip !== null) ctx.access.unknownKeys?.check(ctx.ip, publicId);
  const facts = lookUp(ctx.access.source, ctx.credential, target).then((found) => noted(ctx, found));
  ctx.facts.set(memo, facts);
  return facts;
}

/** What was found, once it is noted if the key is not one that there is, and the surface told of one that is good. */
function noted(ctx: AuthContext, facts: Facts | null): Facts | null {
  const { access, ip, clock, onKey } = ctx;
  const publicId = publicIdOf(ctx);
  if (publicId !== null && ip !== null) access.unknownKeys?.note(ip, publicId, facts?.key?.secretMatches === true);
  if (facts?.key != null && checkCredential({ facts, now: clock(), ip }) === null) onKey?.(facts.key);
  return facts;
}

/** By what a key or token is remembered; null for what is neither. */
function publicIdOf({ credential, access }: AuthContext): string | null {
  if (credential.kind === 'key') return credential.key.keyId;
  if (credential.kind !== 'token') return null;
  const [hash] = hashOAuthToken(access.source.secrets, credential.token);
  return Buffer.from(hash).toString('base64url');
}

async function refuse(ctx: AuthContext, facts: Facts | null, { code, detail }: Denial, operation: string): Promise<never> {
  const error = new DomainError(facts === null ? unknownCode(ctx) : code, detail === undefined ? {} : { detail });
  // Whoever lacks the secret is not the key's holder: nothing of theirs belongs in its organization's log.
  const isHolder = facts !== null && (facts.key === null || facts.key.secretMatches);
  if (isHolder) await recordDenial(ctx, facts, operation, error);
  throw error;
}

/** The code for a credential that nothing is known of. */
function unknownCode({ credential }: AuthContext): ErrorCode {
  return credential.kind === 'token' ? 'INVALID_TOKEN' : 'UNAUTHORIZED';
}

async function recordDenial(ctx: AuthContext, facts: Facts, operation: string, error: unknown): Promise<void> {
  await auditDenial(ctx.access.audit, ctx, facts, operation, toPublic(error).code);
}

function isDenial(error: TRPCError): boolean {
  const { status } = toPublic(error);
  return status === 401 || status === 403;
}

const refusedWindows = new Map<string, string>();
const REMEMBERED_WINDOWS = 10_000;

/** One entry for each window that is used up: a caller in a loop must not be able to fill the log. */
function isFirstRefusal({ keyId, projectId, at }: Charge, { admitted }: Verdict): boolean {
  const isDay = admitted === 'day exhausted';
  const counter = isDay ? `${keyId} on ${projectId}` : keyId;
  const window = isDay ? utcDay(at) : minuteOf(at).toISOString();
  if (refusedWindows.get(counter) === window) return false;
  if (refusedWindows.size >= REMEMBERED_WINDOWS) refusedWindows.clear();
  refusedWindows.set(counter, window);
  return true;
}
