import type { Database, Prisma, Transaction } from '@reqbase/db';
import { type AuditContent, canonicalText } from './audit-chain.ts';
import { batched } from './batch.ts';
import type { Facts } from './credential.ts';
import type { ErrorCode } from './errors.ts';

/** Where a call came from, as every audit entry tells it. */
export type CallOrigin = {
  readonly requestId: string;
  readonly ip: string | null;
  readonly userAgent: string | null;
  readonly clock: () => Date;
  readonly newId: () => string;
};

export type AuditEvent = {
  /** `<resource>.<verb>`, e.g. `api_key.created`; for a denial, the operation that was refused. */
  readonly action: string;
  readonly resourceType?: string;
  readonly resourceId?: string;
  readonly projectId?: string | null;
  /** What changed, without secrets and without what people wrote. */
  readonly diff?: Prisma.InputJsonObject;
};

/** What an entry says of itself before it has its place in the chain. */
export type NewEntry = { readonly orgId: string; readonly content: string };

/** Adds entries outside of any transaction: of refusals, and of what happens to sessions. */
export type AuditLog = (entry: NewEntry) => Promise<void>;

type Who = Pick<Facts, 'key' | 'user' | 'project'>;

/** Who acted, as an entry names it: a key with its id, name and prefix (contract RogerIQ, Best practices), an app with its client's id. */
function actorFields({ key, user }: Pick<Who, 'key' | 'user'>) {
  if (key === null) return { actor_type: 'user', actor_id: user?.id };
  if (key.oauthClientId !== null) return { actor_type: 'oauth_client', actor_id: user?.id, oauth_client_id: key.oauthClientId };
  return {
    actor_type: 'api_key',
    actor_id: user?.id ?? key.serviceAccountId,
    api_key_id: key.id,
    api_key_name: key.name.toWellFormed(),
    api_key_prefix: key.prefix,
  };
}

type Outcome = { readonly outcome: 'allowed' } | { readonly outcome: 'denied'; readonly code: ErrorCode };

/** An entry of an organization, whole but for its place in the chain. */
export function newEntry(origin: CallOrigin, who: Who, orgId: string, event: AuditEvent, outcome: Outcome): NewEntry {
  const fields = {
    id: origin.newId(),
    at: origin.clock().toISOString(),
    org_id: orgId,
    project_id: event.projectId !== undefined ? event.projectId : who.project?.id,
    ...actorFields(who),
    action: event.action,
    resource_type: event.resourceType,
    resource_id: event.resourceId,
    request_id: origin.requestId,
    ip: origin.ip,
    user_agent: origin.userAgent?.slice(0, 300).toWellFormed(),
    diff: event.diff,
    ...outcome,
  };
  const given = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return { orgId, content: canonicalText(Object.fromEntries(given) as AuditContent) };
}

/** The entry of a write, which `appendEntries` adds at the end of its transaction. */
export function writeEntry(origin: CallOrigin, facts: Facts, event: AuditEvent): NewEntry {
  if (facts.organization === null) throw new Error('a write outside any organization');
  return newEntry(origin, facts, facts.organization.id, event, { outcome: 'allowed' });
}

const COLUMNS =
  'id, at, org_id, project_id, actor_type, actor_id, api_key_id, api_key_name, api_key_prefix, oauth_client_id, action, resource_type, resource_id, request_id, ip, user_agent, outcome, code, diff';

// The head is read under its lock, so it is the newest: a second entry after the same one cannot be. What is hashed is the text
// that the columns are read from.
const APPEND = `
  with recursive given as materialized (
    select n, content from unnest($2::text[]) with ordinality as t (content, n)
  ), head as materialized (
    select seq, hash from audit_head where org_id = $1::uuid for update
  ), chain (n, seq, prev_hash, hash) as (
    select 0::int8, seq, null::text, hash from head
    union all
    select g.n, c.seq + 1, c.hash, encode(sha256(convert_to(concat_ws(E'\\n', c.hash, c.seq + 1, g.content), 'UTF8')), 'hex')
    from chain c join given g on g.n = c.n + 1
  ), moved as (
    update audit_head h set seq = c.seq, hash = c.hash from chain c where h.org_id = $1::uuid and c.n = cardinality($2::text[])
  )
  insert into audit_entry (${COLUMNS}, seq, prev_hash, hash)
  select ${COLUMNS.replaceAll(/\w+/g, 'r.$&')}, c.seq, c.prev_hash, c.hash
  from chain c join given g using (n) cross join lateral jsonb_populate_record(null::audit_entry, g.content::jsonb) r
  returning id`;

/** Entries of a statement, whose work grows with their square. */
const MOST_AT_ONCE = 200;

/**
 * Adds entries of one organization to its chain, in the transaction of the act. Last in it: the head's row lock is held until
 * the commit and nothing else may be locked after it, so that writers of an organization wait for each other's commit and for
 * nothing else, and never for each other in a ring.
 */
export async function appendEntries(tx: Transaction, entries: readonly NewEntry[]): Promise<void> {
  for (let start = 0; start < entries.length; start += MOST_AT_ONCE) {
    const contents = entries.slice(start, start + MOST_AT_ONCE).map(({ content }) => content);
    requireAll(await tx.$queryRawUnsafe<unknown[]>(APPEND, entries[0]?.orgId, contents), contents);
  }
}

/** Adds what comes at the same time together: an organization that is refused a lot pays for one commit, not for each. */
export function auditLog({ sql }: Pick<Database, 'sql'>): AuditLog {
  return batched<NewEntry, undefined>({
    groupOf: ({ orgId }) => orgId,
    locksOf: ({ orgId }) => [orgId],
    // A statement for each organization: none waits for what another one's writers hold.
    run: (groups) => Promise.all(groups.map((group) => appendGroup(sql, group).catch(asError))),
  });
}

async function appendGroup(sql: Database['sql'], group: readonly NewEntry[]): Promise<undefined[]> {
  for (let start = 0; start < group.length; start += MOST_AT_ONCE) {
    const contents = group.slice(start, start + MOST_AT_ONCE).map(({ content }) => content);
    requireAll(await sql.query(APPEND, [group[0]?.orgId, contents]), contents);
  }
  return group.map(() => undefined);
}

function requireAll(added: readonly unknown[], contents: readonly string[]): void {
  if (added.length !== contents.length) throw new Error('an organization has no audit log');
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('the audit log', { cause: error });
}

/** Records a refusal. What no organization can be held to (an unknown key, a stranger's session) has no log to go to. */
export async function auditDenial(
  log: AuditLog,
  origin: CallOrigin,
  facts: Facts | null,
  operation: string,
  code: ErrorCode,
): Promise<void> {
  if (facts === null || facts.organization === null) return;
  const isStranger = facts.key === null && facts.organizationRole === null && facts.projectRole === null;
  if (isStranger) return;
  // A project of another organization is not this organization's to read about.
  const projectId = facts.project?.orgId === facts.organization.id ? facts.project.id : null;
  await log(newEntry(origin, facts, facts.organization.id, { action: operation, projectId }, { outcome: 'denied', code }));
}
