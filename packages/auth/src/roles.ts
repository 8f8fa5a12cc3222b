/** Roles, lowest first. What counts on a project is the higher of the role there and the role in its organization. */
export const ROLES = ['viewer', 'developer', 'admin', 'owner'] as const;
export type Role = (typeof ROLES)[number];

const VIEWER = [
  'viewBacklog',
  'viewInbox',
  'viewRequesters',
  'viewNotifications',
  'viewWidget',
  'viewProject',
  'viewCatalog',
] as const;
const DEVELOPER = [
  ...VIEWER,
  'createFeature',
  'changeStatus',
  'viewNotes',
  'writeNotes',
  'writeComments',
  'deleteComments',
  'deleteFeatures',
  'deleteConversations',
  'replyInbox',
  'sendBroadcasts',
  'manageWidget',
  'viewMembers',
  'viewUsage',
  'ingestScans',
  'triageFindings',
  'claimAgentLoop',
] as const;
const ADMIN = [
  ...DEVELOPER,
  'deleteRequesters',
  'manageWebhooks',
  'viewAudit',
  'issueOrganizationTokens',
  'createProjects',
] as const;
const OWNER = [
  ...ADMIN,
  'issueTokens',
  'inviteMembers',
  'removeMembers',
  'editProject',
  'deleteProject',
  'manageBilling',
] as const;

/** What a role may do: asked by `can`, shown by the forms. Source: wire-facts (Reqio, RogerIQ: roles). */
export const CAPABILITIES = { viewer: VIEWER, developer: DEVELOPER, admin: ADMIN, owner: OWNER } as const satisfies Record<
  Role,
  readonly string[]
>;
export type Capability = (typeof OWNER)[number];

const CAPABILITY_SETS: Record<Role, ReadonlySet<string>> = {
  viewer: new Set(VIEWER),
  developer: new Set(DEVELOPER),
  admin: new Set(ADMIN),
  owner: new Set(OWNER),
};

/** Says whether the role has the capability; nobody has it without a role. */
export function can(role: Role | null, capability: Capability): boolean {
  return role !== null && CAPABILITY_SETS[role].has(capability);
}

/** The higher of two roles. */
export function higherRole(a: Role | null, b: Role | null): Role | null {
  if (a === null || b === null) return a ?? b;
  return ROLES.indexOf(a) >= ROLES.indexOf(b) ? a : b;
}
