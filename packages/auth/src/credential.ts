import type { Sql } from '@reqbase/db';
import { batched } from './batch.ts';
import { displayPrefix, type ParsedKey } from './key-format.ts';
import { hashOAuthToken } from './oauth-token.ts';
import type { PlanName } from './plans.ts';
import type { Role } from './roles.ts';
import { hashSecret, type Secrets, secretMatches } from './secrets.ts';

/** What a call presents, read by the surface and not yet believed. A session is one that the session library has verified. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' }
  | { readonly kind: 'key'; readonly key: ParsedKey }
  /** An access token of the authorization server, as it was sent. */
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'session'; readonly userId: string };

/** What a call is about, as the path or the input names it: by id or by slug. */
export type TargetRef = { readonly project?: string; readonly organization?: string };

/** A granted scope; constraints narrow it to a resource. Source: contract Reqflo, ApiKeyScope. */
export type GrantedScope = {
  readonly permission: string;
  readonly resourceType?: string | null | undefined;
  readonly resourceId?: string | null | undefined;
  readonly serviceId?: string | null | undefined;
  readonly environmentId?: string | null | undefined;
  readonly workflowId?: string | null | undefined;
  readonly resourceConstraints?: Readonly<Record<string, unknown>> | null | undefined;
};

/** All that a decision needs to know, as one statement read it. */
export type Facts = {
  /**
   * What a program came with, a key or an app's token: of equal grants, one decision. Of a token, `id` is its grant's, `name` the
   * app's, and there is no `prefix`.
   */
  readonly key: {
    readonly id: string;
    readonly name: string;
    readonly prefix: string;
    /** Set for a token: the OAuth client that it was issued to. */
    readonly oauthClientId: string | null;
    readonly secretMatches: boolean;
    readonly orgId: string;
    /** Set when the key is bound to one project. */
    readonly projectId: string | null;
    readonly scopes: readonly GrantedScope[];
    readonly expiresAt: Date | null;
    readonly revokedAt: Date | null;
    /** Networks that may use it, as CIDR; none: any address. */
    readonly allowedIps: readonly string[];
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
  allowed_ips: string[];
  service_account_id: string | null;
  service_account_role: Role | null;
  is_halted: boolean;
};

const TARGET_COLUMNS = `
  p.id as project_id, p.org_id as project_org_id, p.slug as project_slug,
  o.id as org_id, o.slug as org_slug, o.plan::text as plan,
  om.role as organization_role, pm.role as project_role, u.id as user_id, u.name as user_name`;

// A key dies with those above it, and with the ones that it was made with: while the account of any is disabled it is refused, too.
// Of a key that nothing is above, nothing is asked.
const IS_HALTED = `
  case when k.parent_key_id is null and k.made_with_key_id is null then false
    else api_key_is_halted(k.parent_key_id, k.made_with_key_id) end`;

// Key, owner, organization, project and both live memberships in one row: gates 1 to 5 ask the database once, and calls that
// come at the same time ask it together.
const KEYS_STATEMENT = `
  select q.n::int4 as n, ${TARGET_COLUMNS},
    k.id, k.name, k.prefix, k.secret_hash, k.pepper_id, k.org_id as key_org_id, k.project_id as bound_project_id,
    k.scopes, k.expires_at, k.revoked_at, k.allowed_ips, k.service_account_id,
    case when sa.disabled_at is null then sa.role end as service_account_role, ${IS_HALTED} as is_halted
  from unnest($1::text[], $2::uuid[], $3::text[], $4::bool[]) with ordinality as q (public_id, project_id, project_slug, is_named, n)
  join api_key k on k.public_id = q.public_id
  join organization o on o.id = k.org_id
  left join project p on p.deleted_at is null and p.id = coalesce(
    (select x.id from project x where x.id = q.project_id or x.slug = q.project_slug),
    case when q.is_named then null else k.project_id end)
  left join "user" u on u.id = k.owner_user_id
  left join service_account sa on sa.id = k.service_account_id
  left join organization_member om on om.org_id = k.org_id and om.user_id = k.owner_user_id
  left join project_member pm on pm.project_id = p.id and pm.user_id = k.owner_user_id`;

type TokenColumns = TargetColumns & {
  grant_id: string;
  client_id: string;
  client_name: string | null;
  grant_org_id: string;
  grant_project_id: string;
  scopes: string[];
  expires_at: Date;
};

// The same of a token. What its grant has lost since, it has lost too.
const TOKEN_STATEMENT = `
  select ${TARGET_COLUMNS},
    g.id as grant_id, g.project_id as grant_project_id, gp.org_id as grant_org_id, c.client_id, c.name as client_name,
    array(select unnest(t.scopes) intersect select unnest(g.scopes) order by 1) as scopes, t.expires_at
  from oauth_access_token t
  join oauth_grant g on g.id = t.grant_id
  join oauth_client c on c.id = g.client_id
  join project gp on gp.id = g.project_id and gp.deleted_at is null
  join organization o on o.id = gp.org_id
  join "user" u on u.id = g.user_id
  left join project p on p.deleted_at is null and p.id = coalesce(
    (select x.id from project x where x.id = $2 or x.slug = $3), case when $4::bool then null else g.project_id end)
  left join organization_member om on om.org_id = o.id and om.user_id = u.id
  left join project_member pm on pm.project_id = p.id and pm.user_id = u.id
  where t.hash = any(array(select decode(x, 'hex') from unnest($1::text[]) as x))`;

const SESSION_STATEMENT = `
  select ${TARGET_COLUMNS}
  from "user" u
  left join project p on p.deleted_at is null and (p.id = $2 or p.slug = $3)
  left join organization o on o.id = coalesce(p.org_id, (select x.id from organization x where x.id = $4 or x.slug = $5))
  left join organization_member om on om.org_id = o.id and om.user_id = u.id
  left join project_member pm on pm.project_id = p.id and pm.user_id = u.id
  where u.id = $1`;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An id or a slug as the two parameters of a statement, one of them null. */
function idOrSlug(ref: string | undefined): [id: string | null, slug: string | null] {
  if (ref === undefined) return [null, null];
  return UUID.test(ref) ? [ref, null] : [null, ref];
}

type KeyQuestion = { readonly publicId: string; readonly project: string | undefined };
type KeyAnswer = { readonly row: KeyColumns | undefined };

/** Reads a key with what it is to act on; of an unknown one, no row. */
export type KeyReader = (question: KeyQuestion) => Promise<KeyAnswer>;

/** Reads keys by one prepared statement, and by one for all that are asked for at the same time. Nothing outlives it. */
export function keyReader(sql: Sql): KeyReader {
  return batched<KeyQuestion, KeyAnswer>({
    groupOf: ({ publicId, project }) => JSON.stringify([publicId, project]),
    async run(groups) {
      const questions = groups.flatMap(([question]) => (question === undefined ? [] : [question]));
      const projects = questions.map(({ project }) => idOrSlug(project));
      const rows = await sql.query<KeyColumns & { n: number }>(KEYS_STATEMENT, [
        questions.map(({ publicId }) => publicId),
        projects.map(([id]) => id),
        projects.map(([, slug]) => slug),
        questions.map(({ project }) => project !== undefined),
      ]);
      const byPlace = new Map(rows.map((row) => [row.n, row]));
      return groups.map((members, index) => members.map(() => ({ row: byPlace.get(index + 1) })));
    },
  });
}

export type AccessSource = {
  readonly sql: Sql;
  readonly readKey: KeyReader;
  readonly secrets: Secrets;
  readonly defaultPlan: PlanName;
};

/**
 * Reads what there is to know of a credential and its target, in one prepared statement; null for an unknown one.
 * A key's secret is compared here, in constant time, a dummy standing in for an unknown key.
 */
export async function lookUp(source: AccessSource, credential: Credential, target: TargetRef): Promise<Facts | null> {
  if (credential.kind === 'session') {
    const [row] = await source.sql.query<TargetColumns>(SESSION_STATEMENT, [
      credential.userId,
      ...idOrSlug(target.project),
      ...idOrSlug(target.organization),
    ]);
    return row === undefined ? null : { ...targetFacts(source, row), key: null };
  }
  if (credential.kind === 'token') return tokenFacts(source, credential.token, target);
  if (credential.kind !== 'key') return null;
  const { row } = await source.readKey({ publicId: credential.key.keyId, project: target.project });
  return keyFacts(source, credential.key, row);
}

/** The same facts for a key by its id, its secret taken as right: for explaining what a key may do. */
export async function lookUpAsIfPresented(source: AccessSource, publicId: string, target: TargetRef): Promise<Facts | null> {
  const { row } = await source.readKey({ publicId, project: target.project });
  return row === undefined ? null : keyRowFacts(source, row, true);
}

async function keyFacts(source: AccessSource, key: ParsedKey, row: KeyColumns | undefined): Promise<Facts | null> {
  const { sql, secrets } = source;
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
  return keyRowFacts(source, row, matches);
}

function keyRowFacts(source: AccessSource, row: KeyColumns, matches: boolean): Facts {
  return {
    ...targetFacts(source, row),
    key: {
      id: row.id,
      name: row.name,
      prefix: row.prefix,
      oauthClientId: null,
      secretMatches: matches,
      orgId: row.key_org_id,
      projectId: row.bound_project_id,
      scopes: row.scopes,
      expiresAt: row.expires_at,
      revokedAt: row.revoked_at,
      allowedIps: row.allowed_ips,
      serviceAccountId: row.service_account_id,
    },
    // A service account carries its role itself.
    ...(row.service_account_id !== null && { organizationRole: row.service_account_role, projectRole: null }),
    ...(row.is_halted && { organizationRole: null, projectRole: null }),
  };
}

async function tokenFacts(source: AccessSource, token: string, { project }: TargetRef): Promise<Facts | null> {
  const [row] = await source.sql.query<TokenColumns>(TOKEN_STATEMENT, [
    hashOAuthToken(source.secrets, token).map((hash) => Buffer.from(hash).toString('hex')),
    ...idOrSlug(project),
    project !== undefined,
  ]);
  if (row === undefined) return null;
  return {
    ...targetFacts(source, row),
    key: {
      id: row.grant_id,
      name: row.client_name ?? row.client_id,
      prefix: '',
      oauthClientId: row.client_id,
      // It was found by its hash.
      secretMatches: true,
      orgId: row.grant_org_id,
      projectId: row.grant_project_id,
      scopes: row.scopes.map((permission) => ({ permission })),
      expiresAt: row.expires_at,
      revokedAt: null,
      allowedIps: [],
      serviceAccountId: null,
    },
  };
}

function targetFacts({ defaultPlan }: AccessSource, row: TargetColumns): Omit<Facts, 'key'> {
  return {
    user: row.user_id === null ? null : { id: row.user_id, name: row.user_name ?? '' },
    organization: row.org_id === null ? null : { id: row.org_id, slug: row.org_slug ?? '', plan: row.plan ?? defaultPlan },
    project:
      row.project_id === null || row.project_org_id === null
        ? null
        : { id: row.project_id, orgId: row.project_org_id, slug: row.project_slug ?? '' },
    organizationRole: row.organization_role,
    projectRole: row.project_role,
  };
}
