import type { PlanName } from './plans.ts';
import { CAPABILITIES, type Capability, ROLES, type Role } from './roles.ts';

/** Classes of scopes, lowest first: `write` includes `read`, `admin` includes both. */
const CLASSES = ['read', 'write', 'admin'] as const;
type ScopeClass = (typeof CLASSES)[number];

type ScopeFacts = {
  readonly class: ScopeClass;
  /** What the live role must allow; keys are issued by other roles for a project than for an organization. */
  readonly capability: Capability | { readonly project: Capability; readonly organization: Capability };
  /** The lowest plan for keys and tokens. */
  readonly plan: PlanName;
  /** The lowest plan for a signed-in person, where a plan is asked for at all. */
  readonly dashboardPlan?: PlanName;
  readonly title: string;
};

/** Every scope a procedure may ask for. Source: the contracts, and reference/scopes-codes-limits for class, plan and role. */
export const SCOPES = {
  'backlog:read': { class: 'read', capability: 'viewBacklog', plan: 'free', title: 'Read features, comments and the project' },
  'backlog:write': { class: 'write', capability: 'createFeature', plan: 'pro', title: 'Create feature requests' },
  'status:write': { class: 'write', capability: 'changeStatus', plan: 'free', title: 'Change the status of features' },
  'features:delete': { class: 'admin', capability: 'deleteFeatures', plan: 'pro', title: 'Delete features' },
  'comments:write': { class: 'write', capability: 'writeComments', plan: 'pro', dashboardPlan: 'pro', title: 'Write comments' },
  'comments:delete': { class: 'admin', capability: 'deleteComments', plan: 'pro', title: 'Delete comments' },
  'notes:write': { class: 'write', capability: 'writeNotes', plan: 'pro', dashboardPlan: 'pro', title: 'Write developer notes' },
  'conversations:read': {
    class: 'read',
    capability: 'viewInbox',
    plan: 'pro',
    title: 'Read conversations, error reports and feedback',
  },
  'conversations:write': { class: 'write', capability: 'replyInbox', plan: 'pro', title: 'Reply in conversations' },
  'conversations:delete': { class: 'admin', capability: 'deleteConversations', plan: 'pro', title: 'Delete conversations' },
  'broadcasts:write': { class: 'admin', capability: 'sendBroadcasts', plan: 'pro', title: 'Send announcements' },
  'requesters:read': { class: 'read', capability: 'viewRequesters', plan: 'pro', title: 'List requesters' },
  'contacts:read': { class: 'read', capability: 'viewRequesters', plan: 'pro', title: 'List contacts (the same as requesters)' },
  'contacts:write': { class: 'write', capability: 'replyInbox', plan: 'pro', title: 'Create and change contacts' },
  'contacts:delete': { class: 'admin', capability: 'deleteRequesters', plan: 'pro', title: 'Erase contacts for good' },
  'notifications:read': { class: 'read', capability: 'viewNotifications', plan: 'pro', title: 'Read the notification feed' },
  'widget:read': { class: 'read', capability: 'viewWidget', plan: 'free', title: 'Read the widget configuration' },
  'widget:write': { class: 'write', capability: 'manageWidget', plan: 'pro', title: 'Change the widget configuration' },
  'project:read': { class: 'read', capability: 'viewProject', plan: 'free', title: 'Read organizations and projects' },
  'project:write': {
    class: 'write',
    capability: { project: 'editProject', organization: 'createProjects' },
    plan: 'pro',
    title: 'Create projects and change their settings',
  },
  'project:delete': { class: 'admin', capability: 'deleteProject', plan: 'pro', title: 'Delete projects' },
  'members:read': { class: 'read', capability: 'viewMembers', plan: 'pro', title: 'List members' },
  'members:write': { class: 'admin', capability: 'inviteMembers', plan: 'pro', title: 'Invite members and change roles' },
  'members:delete': { class: 'admin', capability: 'removeMembers', plan: 'pro', title: 'Remove members' },
  'usage:read': { class: 'read', capability: 'viewUsage', plan: 'pro', title: 'Read the usage figures' },
  'agent:claim': { class: 'write', capability: 'claimAgentLoop', plan: 'pro', title: 'Claim work for an agent' },
  'webhooks:read': { class: 'read', capability: 'manageWebhooks', plan: 'pro', title: 'Read webhooks and deliveries' },
  'webhooks:write': { class: 'write', capability: 'manageWebhooks', plan: 'pro', title: 'Change webhooks' },
  'keys:read': {
    class: 'read',
    capability: { project: 'issueTokens', organization: 'issueOrganizationTokens' },
    plan: 'pro',
    title: 'List API keys',
  },
  'keys:admin': {
    class: 'admin',
    capability: { project: 'issueTokens', organization: 'issueOrganizationTokens' },
    plan: 'pro',
    title: 'Create and revoke API keys',
  },
  'self:read': { class: 'read', capability: 'viewProject', plan: 'free', title: 'Say who the call is by and what it may do' },
  'audit:read': { class: 'read', capability: 'viewAudit', plan: 'scale', dashboardPlan: 'scale', title: 'Read the audit log' },
  'scans:create': { class: 'write', capability: 'ingestScans', plan: 'free', title: 'Ingest API scans' },
  'scans:read': { class: 'read', capability: 'viewCatalog', plan: 'free', title: 'Read scan runs and findings' },
  'services:read': { class: 'read', capability: 'viewCatalog', plan: 'free', title: 'Read services' },
  'services:create': { class: 'write', capability: 'ingestScans', plan: 'free', title: 'Create services' },
  'services:update': { class: 'write', capability: 'ingestScans', plan: 'free', title: 'Change services' },
  'endpoints:read': { class: 'read', capability: 'viewCatalog', plan: 'free', title: 'Read endpoints' },
  'endpoints:write': { class: 'write', capability: 'ingestScans', plan: 'free', title: 'Write endpoints' },
  'findings:write': { class: 'write', capability: 'triageFindings', plan: 'pro', title: 'Triage findings' },
} as const satisfies Record<string, ScopeFacts>;

/** A scope that a procedure can require. */
export type Scope = keyof typeof SCOPES;
export const SCOPE_NAMES = Object.keys(SCOPES) as Scope[];

/** Scopes that include others across resources. Contract: project is read with `backlog:read`; contacts are requesters. */
const ALSO: Partial<Record<Scope, readonly Scope[]>> = {
  'backlog:read': ['project:read'],
  'requesters:read': ['contacts:read'],
  'contacts:read': ['requesters:read'],
  'contacts:write': ['requesters:read'],
};

export const COARSE_SCOPES = ['read', 'write', 'admin'] as const;
export type CoarseScope = (typeof COARSE_SCOPES)[number];

function resourceOf(scope: string): string {
  return scope.slice(0, scope.indexOf(':'));
}

/** The scopes that each grantable word covers, by class of the coarse ones and of `<resource>:<class>`. */
const COVERAGE: ReadonlyMap<string, ReadonlySet<Scope>> = buildCoverage();

function buildCoverage(): Map<string, ReadonlySet<Scope>> {
  const coverage = new Map<string, ReadonlySet<Scope>>();
  const atMost = (level: ScopeClass, scopes: readonly Scope[]) =>
    scopes.filter((scope) => CLASSES.indexOf(SCOPES[scope].class) <= CLASSES.indexOf(level));
  for (const level of COARSE_SCOPES) coverage.set(level, withAlso(atMost(level, SCOPE_NAMES)));
  for (const resource of new Set(SCOPE_NAMES.map(resourceOf))) {
    const ofResource = SCOPE_NAMES.filter((scope) => resourceOf(scope) === resource);
    for (const level of CLASSES) {
      const covered = atMost(level, ofResource);
      if (covered.length > 0) coverage.set(`${resource}:${level}`, withAlso(covered));
    }
  }
  // A name of the list covers itself too, whatever its class: `members:write` is class admin.
  for (const scope of SCOPE_NAMES) coverage.set(scope, withAlso([scope, ...(coverage.get(scope) ?? [])]));
  return coverage;
}

/** Whatever is granted, one may ask what that is. */
function withAlso(scopes: readonly Scope[]): Set<Scope> {
  return new Set([...scopes.flatMap((scope) => [scope, ...(ALSO[scope] ?? [])]), 'self:read']);
}

const NOTHING: ReadonlySet<Scope> = new Set();

/** Words that a key can be granted: the named scopes, `<resource>:read|write|admin`, and the coarse three. */
export const GRANTABLE_WORDS: readonly string[] = [...COVERAGE.keys()];

/** The scopes that a granted word opens; none for an unknown word. Contract RogerIQ, Scopes. */
export function scopesCoveredBy(word: string): ReadonlySet<Scope> {
  return COVERAGE.get(word) ?? NOTHING;
}

const OF_SERVICES: readonly string[] = ['scans', 'services', 'endpoints', 'findings'];

/** Says whether a scope opens nothing but services and what belongs to them: then one of these can be what it is bound to. */
export function isAboutServices(scope: Scope): boolean {
  return OF_SERVICES.includes(resourceOf(scope));
}

/** Says whether a granted word opens the required scope. */
export function covers(granted: string, required: Scope): boolean {
  return scopesCoveredBy(granted).has(required);
}

export function isCoarse(word: string): word is CoarseScope {
  return (COARSE_SCOPES as readonly string[]).includes(word);
}

/** What kind of thing a call is about: decides which capability a scope asks for. */
export type TargetKind = 'project' | 'organization' | 'any';

/** The capability that a scope asks of the live role. */
export function capabilityOf(scope: Scope, target: TargetKind): Capability {
  const { capability }: ScopeFacts = SCOPES[scope];
  if (typeof capability === 'string') return capability;
  return target === 'organization' ? capability.organization : capability.project;
}

/** The lowest plan on which the scope works, for a key or for a person; null where a person needs none. */
export function planOf(scope: Scope, credential: 'key' | 'session'): PlanName | null {
  const facts: ScopeFacts = SCOPES[scope];
  return credential === 'key' ? facts.plan : (facts.dashboardPlan ?? null);
}

/** The lowest role that has the capability. */
export function lowestRoleWith(capability: Capability): Role {
  return ROLES.find((role) => (CAPABILITIES[role] as readonly string[]).includes(capability)) ?? 'owner';
}
