import { can, ERRORS, type ErrorCode, type PlanName, planIncludes, ROLES, type Role, SCOPES } from '@reqbase/auth';
import { countersOf, seedTenant, type TestTenant } from '@reqbase/auth/testing';
import { listProcedures, type ProcedureFacts } from '@reqbase/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { knock, openInstallation, refusalIn, send, signIn, startAnew, surfacesOf, type TestInstallation } from './testing.ts';

// Every procedure called by a signed-in person, in every relation that a person can have to the tenant. What is expected
// is computed here from the procedure's declared requirement, not asked of the gates.

type Need = ProcedureFacts['need'];
type Refusal = { readonly code: ErrorCode; readonly detail?: Record<string, unknown> };
type Person = {
  readonly cookie: string;
  readonly userId?: string;
  readonly tenant?: TestTenant;
  readonly headers?: Record<string, string>;
};
type Case = {
  readonly name: string;
  readonly person: () => Person;
  /** Null: let in. */
  readonly refusal: (procedure: ProcedureFacts) => Refusal | null;
  /** Whether the tenant has anything to do with the person, so that a refusal belongs in its log. */
  readonly isMember: boolean;
};

let installation: TestInstallation;
let live: TestTenant;
let free: TestTenant;
const people = new Map<string, { cookie: string; userId: string }>();

beforeAll(async () => {
  installation = await openInstallation();
  const { prisma } = installation.db;
  live = await seedTenant(installation, { plan: 'scale' });
  free = await seedTenant(installation, { plan: 'free' });
  const join = async (name: string, roles: { organization?: Role; project?: Role }) => {
    const { user } = await seedTenant(installation, { plan: 'scale', organizationRole: null });
    if (roles.organization)
      await prisma.organizationMember.create({
        data: { orgId: live.organization.id, userId: user.id, role: roles.organization },
      });
    if (roles.project)
      await prisma.projectMember.create({ data: { projectId: live.project.id, userId: user.id, role: roles.project } });
    people.set(name, { cookie: await signIn(installation, user), userId: user.id });
  };
  for (const role of ROLES) await join(`organization ${role}`, { organization: role });
  for (const role of ROLES) await join(`project ${role}`, { project: role });
  await join('both', { organization: 'viewer', project: 'developer' });
  for (const name of ['former', 'signed out', 'expired']) await join(name, { organization: 'owner' });
  await prisma.organizationMember.deleteMany({ where: { userId: person('former').userId } });
  await send(installation, {
    method: 'POST',
    url: '/api/auth/sign-out',
    headers: { cookie: person('signed out').cookie },
    payload: {},
  });
  await prisma.session.updateMany({
    where: { userId: person('expired').userId },
    data: { expiresAt: new Date(Date.now() - 1_000) },
  });
  const stranger = await seedTenant(installation, { plan: 'scale' });
  people.set('stranger', { cookie: await signIn(installation, stranger.user), userId: stranger.user.id });
  people.set('of the free', { cookie: await signIn(installation, free.user), userId: free.user.id });
});
afterAll(() => installation.close());
beforeEach(() => startAnew(installation));

function person(name: string): { cookie: string; userId: string } {
  const found = people.get(name);
  if (found === undefined) throw new Error(`nobody is "${name}"`);
  return found;
}

const unauthorized = () => ({ code: 'UNAUTHORIZED' }) as const;

/** To a stranger the tenant does not exist; what is about no tenant answers with what is theirs. */
const notFound = ({ need: { target } }: ProcedureFacts): Refusal | null =>
  (({ project: { code: 'PROJECT_NOT_FOUND' }, organization: { code: 'ORGANIZATION_NOT_FOUND' }, any: null }) as const)[target];

function roleRefusal({ scope, target }: Need, role: Role): Refusal | null {
  if (target === 'any') return null;
  const { capability } = SCOPES[scope];
  const asked = typeof capability === 'string' ? capability : capability[target];
  return can(role, asked) ? null : { code: 'FORBIDDEN', detail: { requiredRole: ROLES.find((enough) => can(enough, asked)) } };
}

/** People need a plan only where the scope has one for the dashboard, or the procedure asks for one. */
function planRefusal({ scope, target, plan }: Need, has: PlanName): Refusal | null {
  const { dashboardPlan } = SCOPES[scope] as { dashboardPlan?: PlanName };
  const [lowest] = [plan, dashboardPlan].filter((asked) => asked !== undefined).sort((a, b) => (planIncludes(a, b) ? -1 : 1));
  if (target === 'any' || lowest === undefined || planIncludes(has, lowest)) return null;
  return { code: 'PLAN_REQUIRED', detail: { requiredPlan: lowest } };
}

const CASES: Case[] = [
  {
    name: 'a forged cookie',
    person: () => ({ cookie: forged(person('organization owner').cookie) }),
    refusal: unauthorized,
    isMember: false,
  },
  { name: 'an expired session', person: () => person('expired'), refusal: unauthorized, isMember: false },
  { name: 'a session signed out of', person: () => person('signed out'), refusal: unauthorized, isMember: false },
  { name: "a stranger's session", person: () => person('stranger'), refusal: notFound, isMember: false },
  { name: 'the session of one who has been removed', person: () => person('former'), refusal: notFound, isMember: false },
  ...ROLES.map(
    (role): Case => ({
      name: `the session of the organization's ${role}`,
      person: () => person(`organization ${role}`),
      refusal: ({ need }) => roleRefusal(need, role),
      isMember: true,
    }),
  ),
  ...ROLES.map(
    (role): Case => ({
      name: `the session of the project's ${role}, who has no part in the organization`,
      person: () => person(`project ${role}`),
      refusal: (procedure) =>
        procedure.need.target === 'organization' ? notFound(procedure) : roleRefusal(procedure.need, role),
      isMember: true,
    }),
  ),
  {
    name: "the session of the organization's viewer and project's developer",
    person: () => person('both'),
    refusal: ({ need }) => roleRefusal(need, need.target === 'organization' ? 'viewer' : 'developer'),
    isMember: true,
  },
  {
    name: 'the session of an owner on the plan Free',
    person: () => ({ ...person('of the free'), tenant: free }),
    refusal: ({ need }) => planRefusal(need, 'free'),
    isMember: true,
  },
  {
    name: "the owner's cookie, sent by another site's page",
    person: () => ({ ...person('organization owner'), headers: { origin: 'https://elsewhere.example' } }),
    refusal: ({ type }) => (type === 'mutation' ? { code: 'FORBIDDEN' } : null),
    isMember: false,
  },
];

/** The same session, not signed by this installation. */
function forged(cookie: string): string {
  return cookie.replace(/\..*$/, `.${encodeURIComponent(Buffer.alloc(32, 7).toString('base64'))}`);
}

describe.each(CASES)('with $name', ({ person: personOf, refusal: refusalOf, isMember }) => {
  for (const procedure of listProcedures()) {
    const refusal = refusalOf(procedure);
    it(`${procedure.path} on RPC ${refusal === null ? 'is let in' : `is refused with ${refusal.code}`}, unmetered`, async () => {
      const { cookie, userId, tenant = live, headers } = personOf();
      const target = { project: tenant.project.slug, organization: tenant.organization.slug };
      const answer = await knock(installation, procedure, 'RPC', target, { cookie, ...headers });
      expect(await countersOf(installation)).toEqual([]);
      expect(answer.headers['x-ratelimit-limit']).toBeUndefined();

      const entries = await installation.db.prisma.auditEntry.findMany({ where: { outcome: 'denied' } });
      if (refusal === null) {
        expect([401, 403, 429, 500, 503], answer.text).not.toContain(answer.status);
        expect(['PROJECT_NOT_FOUND', 'ORGANIZATION_NOT_FOUND']).not.toContain(refusalIn(answer).code);
        expect(entries).toEqual([]);
        return;
      }
      const { code, detail = {} } = refusal;
      const requestId = answer.headers['x-request-id'];
      expect(refusalIn(answer)).toEqual({ status: ERRORS[code][0], code, requestId, detail });
      const isOurs = isMember && code !== 'ORGANIZATION_NOT_FOUND';
      expect(
        entries.map((entry) => [entry.code, entry.action, entry.actorType, entry.actorId, entry.orgId, entry.requestId]),
      ).toEqual(isOurs ? [[code, procedure.path, 'user', userId, tenant.organization.id, requestId]] : []);
    });
  }
});

describe('a session on the project surface', () => {
  for (const procedure of listProcedures().filter((candidate) => surfacesOf(candidate).includes('project'))) {
    it(`is no credential for ${procedure.path}`, async () => {
      const { cookie } = person('organization owner');
      const answer = await knock(
        installation,
        procedure,
        'project',
        { project: live.project.slug, organization: live.organization.slug },
        { cookie },
      );
      expect(refusalIn(answer)).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    });
  }
});
