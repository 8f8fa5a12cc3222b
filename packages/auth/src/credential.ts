import type { Sql } from '@reqbase/db';
import { displayPrefix, type ParsedKey } from './key-format.ts';
import type { PlanName } from './plans.ts';
import type { Role } from './roles.ts';
import { hashSecret, type Secrets, secretMatches } from './secrets.ts';

/** What a call presents, read by the surface and not yet believed. A session is one that the session library has verified. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'key'; readonly key: ParsedKey }
  | { readonly kind: 'session'; readonly userId: string };

/** What a call is about, as the path or the input names it: by id or by slug. */
export type TargetRef = { readonly project?: string; readonly organization?: string };

/** A granted scope; constraints narrow it to a resource. Source: contract Reqflo, ApiKeyScope. */
export type GrantedScope = {
  readonly permission: string;
  readonly resourceType?: string | null;
  readonly resourceId?: string | null;
  readonly serviceId?: string | null;
  readonly environmentId?: string | null;
  readonly workflowId?: string | null;
  readonly resourceConstraints?: Readonly<Record<string, unknown>> | null;
};

/** All that a decision needs to know, as one statement read it. */
export type Facts = {
  readonly key: {
    readonly id: string;
    readonly name: string;
    readonly prefix: string;
    readonly secretMatches: boolean;
    readonly orgId: string;
    /** Set when the key is bound to one project. */
    readonly projectId: string | null;
    readonly scopes: readonly GrantedScope[];
    readonly expiresAt: Date | null;
    readonly revokedAt: Date | null;
    readonly serviceAccountId: string | null;
  } | null;
  /** The person behind the session or the key; null for a service account's key. */
  readonly user: { readonly id: string; readonly name: string } | null;
  /** The organization that the call is about; for a key, always its own. */
  readonly organization: { readonly id: string; readonly slug: string; readonly plan: PlanName } | null;
  readonly project: { readonly id: string; readonly orgId: string; readonly slug: string } | null;
  readonly organizationRole: Role | null;
  readonly projectRole: Role | null;
};

type TargetColumns = {
  project_id: string | null;
  project_org_id: string | null;
  project_slug: string | null;
  org_id: string | null;
  org_slug: string | null;
  plan: PlanName | null;
  organization_role: Role | null;
  project_role: Role | null;
  user_id: string | null;
  user_name: string | null;
};

type KeyColumns = TargetColumns & {
  id: string;
  name: string;
  prefix: string;
  secret_hash: Uint8Array;
  pepper_id: string;
  key_org_id: string;
  bound_project_id: string | null;
  scopes: GrantedScope[];
  expires_at: Date | null;
  revoked_at: Date | null;
  service_account_id: string | null;
  service_account_role: Role | null;
};

const TARGET_COLUMNS = `
  p.id as project_id, p.org_id as project_org_id, p.slug as project_slug,
  o.id as org_id, o.slug as org_slug, coalesce(o.plan::text, $1) as plan,
  om.role as organization_role, pm.role as project_role, u.id as user_id, u.name as user_name`;

// Key, owner, organization, project and both live memberships in one row: gates 1 to 5 ask the database once.
const KEY_STATEMENT = `
  select ${TARGET_COLUMNS},
    k.id, k.name, k.prefix, k.secret_hash, k.pepper_id, k.org_id as key_org_id, k.project_id as bound_project_id,
    k.scopes, k.expires_at, k.revoked_at, k.service_account_id,
    case when sa.disabled_at is null then sa.role end as service_account_role
  from api_key k
  join organization o on o.id = k.org_id
  left join project p on p.deleted_at is null
    and p.id = coalesce((select x.id from project x where x.id = $3 or x.slug = $4), case when $5 then null else k.project_id end)
  left join "user" u on u.id = k.owner_user_id
  left join service_account sa on sa.id = k.service_account_id
  left join organization_member om on om.org_id = k.org_id and om.user_id = k.owner_user_id
  left join project_member pm on pm.project_id = p.id and pm.user_id = k.owner_user_id
  where k.public_id = $2`;

const SESSION_STATEMENT = `
  select ${TARGET_COLUMNS}
  from "user" u
  left join project p on p.deleted_at is null and (p.id = $3 or p.slug = $4)
  left join organization o on o.id = coalesce(p.org_id, (select x.id from organization x where x.id = $5 or x.slug = $6))
  left join organization_member om on om.org_id = o.id and om.user_id = u.id
  left join project_member pm on pm.project_id = p.id and pm.user_id = u.id
  where u.id = $2`;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An id or a slug as the two parameters of a statement, one of them null. */
function idOrSlug(ref: string | undefined): [id: string | null, slug: string | null] {
  if (ref === undefined) return [null, null];
  return UUID.test(ref) ? [ref, null] : [null, ref];
}

export type AccessSource = { readonly sql: Sql; readonly secrets: Secrets; readonly defaultPlan: PlanName };

/**
 * Reads what there is to know of a credential and its target, in one prepared statement; null for an unknown one.
 * A key's secret is compared here, in constant time, a dummy standing in for an unknown key.
 */
export async function lookUp(source: AccessSource, credential: Credential, target: TargetRef): Promise<Facts | null> {
  const { sql, defaultPlan } = source;
  const project = idOrSlug(target.project);
  if (credential.kind === 'session') {
    const [row] = await sql.query<TargetColumns>(SESSION_STATEMENT, [
      defaultPlan,
      credential.userId,
      ...project,
      ...idOrSlug(target.organization),
    ]);
    return row === undefined ? null : { ...targetFacts(row), key: null };
  }
  if (credential.kind !== 'key') return null;
  const { keyId } = credential.key;
  const [row] = await sql.query<KeyColumns>(KEY_STATEMENT, [defaultPlan, keyId, ...project, target.project !== undefined]);
  return keyFacts(source, credential.key, row);
}

/** The same facts for a key by its id, its secret taken as right: for explaining what a key may do. */
export async function lookUpAsIfPresented(source: AccessSource, publicId: string, target: TargetRef): Promise<Facts | null> {
  const project = idOrSlug(target.project);
  const [row] = await source.sql.query<KeyColumns>(KEY_STATEMENT, [
    source.defaultPlan,
    publicId,
    ...project,
    target.project !== undefined,
  ]);
  return row === undefined ? null : keyRowFacts(row, true);
}

async function keyFacts({ sql, secrets }: AccessSource, key: ParsedKey, row: KeyColumns | undefined): Promise<Facts | null> {
  const stored = row === undefined ? null : { hash: row.secret_hash, pepperId: row.pepper_id };
  const isRight = secretMatches(secrets, key.secret, stored);
  if (row === undefined) return null;
  // The secret under another prefix or environment is another key: one that nobody made.
  const matches = isRight && row.prefix === displayPrefix(key);
  const [current] = secrets.peppers;
  if (matches && row.pepper_id !== current.id) {
    // Made with an older SECRET: made anew while the secret is at hand.
    await sql.query('update api_key set secret_hash = $1, pepper_id = $2 where id = $3 and pepper_id = $4', [
      hashSecret(current, key.secret),
      current.id,
      row.id,
      row.pepper_id,
    ]);
  }
  return keyRowFacts(row, matches);
}

function keyRowFacts(row: KeyColumns, matches: boolean): Facts {
  return {
    ...targetFacts(row),
    key: {
      id: row.id,
      name: row.name,
      prefix: row.prefix,
      secretMatches: matches,
      orgId: row.key_org_id,
      projectId: row.bound_project_id,
      scopes: row.scopes,
      expiresAt: row.expires_at,
      revokedAt: row.revoked_at,
      serviceAccountId: row.service_account_id,
    },
    // A service account carries its role itself.
    ...(row.service_account_id !== null && { organizationRole: row.service_account_role, projectRole: null }),
  };
}

function targetFacts(row: TargetColumns): Omit<Facts, 'key'> {
  return {
    user: row.user_id === null ? null : { id: row.user_id, name: row.user_name ?? '' },
    organization: row.org_id === null || row.plan === null ? null : { id: row.org_id, slug: row.org_slug ?? '', plan: row.plan },
    project:
      row.project_id === null || row.project_org_id === null
        ? null
        : { id: row.project_id, orgId: row.project_org_id, slug: row.project_slug ?? '' },
    organizationRole: row.organization_role,
    projectRole: row.project_role,
  };
}
