import { can, covers, ERRORS, type ErrorCode, PLANS, type Role, SCOPE_NAMES, SCOPES } from '@reqbase/auth';
import { countersOf, seedProject, seedTenant, seedToken, setUsed, type TestTenant, type TestToken } from '@reqbase/auth/testing';
import { listProcedures, type ProcedureFacts } from '@reqbase/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  knock,
  openInstallation,
  refusalIn,
  startAnew,
  surfacesOf,
  type TestedSurface,
  type TestInstallation,
} from './testing.ts';

// Every procedure on every surface, called with an app's token in every state that one can be in. A token is its project's: of
// what is about an organization, it is none. With equal grants it is decided on as a key is (`access-matrix.surface.test.ts`).

type Need = ProcedureFacts['need'];
type Case = {
  readonly name: string;
  readonly token: (need: Need) => Promise<Pick<TestToken, 'raw'>>;
  readonly tenant?: () => TestTenant;
  /** Null: let in. Asked where the call is about a project, or about none. */
  readonly refusal: (need: Need, surface: TestedSurface) => ErrorCode | null;
};

const now = new Date('2026-03-14T10:20:30.250Z');
const PLAN = 'scale';
let installation: TestInstallation;
let live: TestTenant;
let lapsed: TestTenant;
let demoted: TestTenant;
let other: TestTenant;

beforeAll(async () => {
  installation = await openInstallation();
  live = await seedTenant(installation, { plan: PLAN });
  lapsed = await seedTenant(installation, { plan: 'free' });
  demoted = await seedTenant(installation, { plan: PLAN, organizationRole: 'viewer' });
  other = { ...live, project: await seedProject(installation, live.organization) };
});
afterAll(() => installation.close());
beforeEach(async () => {
  installation.clock.set(now);
  await startAnew(installation);
});

const seedNew = (tenant: TestTenant, options: Parameters<typeof seedToken>[2] = {}) =>
  seedToken(installation, tenant, { scopes: SCOPE_NAMES, ...options });

/** A token that is refused, made once for all procedures that are tried with the same. */
function seed(tenant: TestTenant, options: Parameters<typeof seedToken>[2] = {}): Promise<TestToken> {
  const name = JSON.stringify([tenant.project.id, options]);
  const token = kept.get(name) ?? seedNew(tenant, options);
  kept.set(name, token);
  return token;
}
const kept = new Map<string, Promise<TestToken>>();
const letIn = () => null;
const always = (code: ErrorCode) => () => code;
const roleRefusal = (role: Role) => (need: Need) => {
  const { capability } = SCOPES[need.scope];
  return can(role, typeof capability === 'string' ? capability : capability.project) ? null : 'FORBIDDEN';
};
/** By MCP each scope works from its own plan on, and elsewhere all of them from Pro. */
const planRefusal = ({ scope, plan = 'free' }: Need, surface: TestedSurface) =>
  surface === 'mcp' && SCOPES[scope].plan === 'free' && plan === 'free' ? null : 'PLAN_REQUIRED';
/** By MCP, what only another credential mends is told by HTTP, and the rest in the result of the tool. */
const statusOf = (code: ErrorCode, surface: TestedSurface) =>
  surface === 'mcp' && ERRORS[code][0] !== 401 && code !== 'INSUFFICIENT_SCOPE' ? 200 : ERRORS[code][0];
const without = ({ scope }: Need) => SCOPE_NAMES.filter((word) => !covers(word, scope));

const CASES: Case[] = [
  { name: 'that nobody issued', token: async () => ({ raw: 'a'.repeat(43) }), refusal: always('INVALID_TOKEN') },
  { name: 'that has expired', token: () => seed(live, { expiresAt: now }), refusal: always('INVALID_TOKEN') },
  {
    name: 'of another project of the organization',
    token: () => seed(other),
    refusal: ({ target }) => (target === 'any' ? null : 'INVALID_TOKEN'),
  },
  {
    name: 'of a foreign project',
    token: () => seed(demoted),
    refusal: (need) => (need.target === 'any' ? roleRefusal('viewer')(need) : 'INVALID_TOKEN'),
  },
  { name: 'without the scope', token: (need) => seed(live, { scopes: without(need) }), refusal: always('INSUFFICIENT_SCOPE') },
  {
    name: 'whose grant has lost the scope',
    token: (need) => seed(live, { grantedScopes: without(need) }),
    refusal: always('INSUFFICIENT_SCOPE'),
  },
  { name: 'on a plan that has been lost', token: () => seed(lapsed), tenant: () => lapsed, refusal: planRefusal },
  { name: 'of who is a viewer now', token: () => seed(demoted), tenant: () => demoted, refusal: roleRefusal('viewer') },
  {
    name: 'of an exhausted minute',
    async token() {
      const token = await seedNew(live);
      await setUsed(installation, { keyId: token.id, minute: PLANS[PLAN].callsPerMinute });
      return token;
    },
    refusal: always('RATE_LIMITED'),
  },
  {
    name: 'on an exhausted day',
    async token() {
      await setUsed(installation, { projectId: live.project.id, day: PLANS[PLAN].callsPerDay ?? 0 });
      return seedNew(live);
    },
    refusal: always('API_QUOTA_EXCEEDED'),
  },
  { name: 'that has everything', token: () => seedNew(live), refusal: letIn },
];

describe.each(CASES)('a token $name', ({ token: tokenOf, tenant = () => live, refusal: refusalOf }) => {
  const isRefusing = refusalOf !== letIn;
  const tried = new Set<string>();
  for (const procedure of listProcedures()) {
    const { need, path } = procedure;
    for (const surface of surfacesOf(procedure)) {
      // A refusal is by what is required: of those that require the same on a surface, one is tried.
      const requirement = JSON.stringify([need, surface]);
      if (isRefusing && tried.has(requirement)) continue;
      tried.add(requirement);
      const code = need.target === 'organization' ? 'INVALID_TOKEN' : refusalOf(need, surface);
      it(`${path} on ${surface} is ${code === null ? 'let in' : `refused with ${code}`}`, async () => {
        const { raw } = await tokenOf(need);
        const before = await countersOf(installation);
        const { project, organization } = tenant();
        const target = { project: project.slug, organization: organization.slug };
        const answer = await knock(installation, procedure, surface, target, { authorization: `Bearer ${raw}` });
        if (code === null) return expect([401, 403, 429, 500, 503], answer.text).not.toContain(answer.status);
        expect(refusalIn(answer)).toMatchObject({ status: statusOf(code, surface), code });
        expect(await countersOf(installation)).toEqual(before);
      });
    }
  }
});
