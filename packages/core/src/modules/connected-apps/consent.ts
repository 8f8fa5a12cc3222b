import {
  admit,
  auditDenial,
  can,
  DomainError,
  type Grantee,
  grantability,
  isOAuthScope,
  lookUp,
  OAUTH_SCOPES,
  OAUTH_WORKING_SCOPES,
  readOAuthScopes,
  roleOf,
  SCOPES,
} from '@reqbase/auth';
import { Prisma, type Transaction } from '@reqbase/db';
import { type CallOptions, contextFor, type Services } from '../../services.ts';
import { transact } from '../../transact.ts';
import type { ProjectContext } from '../../trpc.ts';
import { audited, write } from '../../write.ts';
import type { ConsentRequest } from './schema.ts';

/** An app as the authorization server knows it. */
export type AppClient = {
  readonly kind: 'registered' | 'document';
  readonly clientId: string;
  readonly name: string | null;
  readonly uri: string | null;
  readonly redirectUris: readonly string[];
};

export type AppConsent = { readonly client: AppClient; readonly projectId: string; readonly scopes: readonly string[] };

/** As refusals of it are named in the audit log. */
const OPERATION = 'connected_app.approve';
const NEED = { scope: 'keys:admin', target: 'project' } as const;

type Asked = { readonly client: Pick<AppClient, 'clientId'>; readonly projectId: string; readonly scope: string | undefined };

/**
 * What a person is asked: for which project, whether it is theirs to decide, and each scope with whether they may give it. An
 * app that asks for nothing in particular may be given anything; what destroys is left to be ticked. One that asks for nothing that
 * apps can have may be given anything as well, and is proposed nothing.
 */
export async function readConsent(
  services: Services,
  userId: string,
  { client, projectId, scope }: Asked,
): Promise<Pick<ConsentRequest, 'project' | 'mayApprove' | 'scopes'>> {
  const facts = await lookUp(services.access.source, { kind: 'session', userId }, { project: projectId });
  const role = facts === null ? null : roleOf(facts);
  if (facts === null || facts.organization === null || facts.project === null || role === null)
    return { project: null, mayApprove: false, scopes: [] };
  const { prisma } = services.access.db;
  const { name, organization } = await prisma.project.findUniqueOrThrow({
    where: { id: facts.project.id },
    select: { name: true, organization: { select: { name: true } } },
  });
  const held = await prisma.oAuthGrant.findFirst({
    where: { projectId: facts.project.id, userId, client: { clientId: client.clientId } },
    select: { scopes: true },
  });
  const asked = readOAuthScopes(scope);
  const isInParticular = scope !== undefined && scope.trim() !== '';
  const offered = new Set<string>([...(asked.length === 0 ? OAUTH_SCOPES : asked), ...(held?.scopes ?? [])]);
  const proposed = new Set<string>([...(isInParticular ? asked : OAUTH_WORKING_SCOPES), ...(held?.scopes ?? [])]);
  const grantee: Grantee = { kind: 'project', role, plan: facts.organization.plan, isApp: true };
  return {
    project: { id: facts.project.id, name, organization: organization.name },
    mayApprove: can(role, 'issueTokens'),
    scopes: OAUTH_SCOPES.filter((word) => offered.has(word)).map((word) => {
      const { grantable, reason } = grantability(word, grantee);
      const isGranted = held?.scopes.includes(word) ?? false;
      return {
        scope: word,
        title: SCOPES[word].title,
        grantable,
        reason,
        isGranted,
        isProposed: grantable && proposed.has(word),
      };
    }),
  };
}

/**
 * Grants an app what a person has ticked, in place of what it had of them in this project. `settle` is told of the grant in the
 * same transaction, which it undoes by throwing.
 *
 * @throws {DomainError} as the gates do; FORBIDDEN without `issueTokens`; SCOPE_NOT_GRANTABLE beyond role ∩ plan
 */
export async function approveApp(
  services: Services,
  call: CallOptions,
  { client, projectId, scopes }: AppConsent,
  settle: (tx: Transaction, grantId: string) => Promise<void>,
): Promise<void> {
  const ctx = contextFor(services, call);
  const grant = await admit(ctx, NEED, { project: projectId }, OPERATION);
  const { project, organization, user } = grant.facts;
  if (project === null || organization === null || user === null || grant.facts.key !== null) throw new DomainError('FORBIDDEN');
  const offenders = offendersIn(scopes, { kind: 'project', role: grant.role, plan: organization.plan, isApp: true });
  if (offenders.length > 0) {
    await auditDenial(ctx.access.audit, ctx, grant.facts, OPERATION, 'SCOPE_NOT_GRANTABLE');
    throw new DomainError('SCOPE_NOT_GRANTABLE', { detail: { offenders } });
  }
  const approving: ProjectContext = { ...ctx, grant, tenant: { project, organization } };
  await write(approving, async (tx, audit) => {
    const now = ctx.clock();
    const { id: clientId } = await keepClient(tx, services, client, now);
    const decided = { scopes: [...new Set(scopes)], approvedAt: now };
    const of = { clientId, userId: user.id, projectId: project.id };
    const { id } = await tx.oAuthGrant.upsert({
      where: { clientId_userId_projectId: of },
      create: { id: ctx.newId(), ...of, ...decided, createdAt: now },
      update: decided,
      select: { id: true },
    });
    await narrowIssued(tx, id, decided.scopes);
    const diff = { clientId: client.clientId, clientName: client.name, scopes: decided.scopes };
    await settle(tx, id);
    await audit({ action: 'connected_app.approved', resourceType: 'connected_app', resourceId: id, diff });
  });
}

/**
 * Refuses an app, whoever asks for it. The log of the project's organization tells of it where they have a part in the project.
 * `settle` runs in the same transaction, which it undoes by throwing.
 */
export async function denyApp(
  services: Services,
  call: CallOptions,
  { client, projectId }: Omit<AppConsent, 'scopes'>,
  settle: (tx: Transaction) => Promise<void>,
): Promise<void> {
  const ctx = contextFor(services, call);
  const facts = await lookUp(ctx.access.source, call.credential, { project: projectId });
  await transact(ctx.access.db, async (tx) => {
    if (facts === null || facts.organization === null || roleOf(facts) === null) return settle(tx);
    return audited(tx, ctx, facts, async (audit) => {
      await settle(tx);
      const diff = { clientId: client.clientId, clientName: client.name };
      await audit({ action: 'connected_app.denied', resourceType: 'connected_app', diff });
    });
  });
}

/**
 * Takes from a grant's codes and access tokens, for good, what is not in it any more: what they have lost does not come back to
 * them when more is granted again. Of refresh tokens, which come back to ask, each refresh is answered with what was decided last.
 */
async function narrowIssued(tx: Transaction, grantId: string, scopes: readonly string[]): Promise<void> {
  for (const table of [Prisma.sql`oauth_authorization_code`, Prisma.sql`oauth_access_token`])
    await tx.$executeRaw`
      update ${table} set scopes = array(select s from unnest(scopes) s where s = any(${scopes}))
      where grant_id = ${grantId}::uuid and not scopes <@ ${scopes}`;
}

/** What a document says may have changed; who has registered itself has said so once. */
function keepClient(tx: Transaction, { newId }: Services, client: AppClient, now: Date): Promise<{ id: string }> {
  const { kind, clientId, name, uri, redirectUris } = client;
  const said = { name, uri, redirectUris: [...redirectUris], lastUsedAt: now };
  return tx.oAuthClient.upsert({
    where: { clientId },
    create: { id: newId(), kind, clientId, ...said, createdAt: now },
    update: said,
    select: { id: true },
  });
}

function offendersIn(scopes: readonly string[], grantee: Grantee) {
  return scopes.flatMap((scope) => {
    const reason = isOAuthScope(scope) ? grantability(scope, grantee).reason : 'Apps cannot have this scope.';
    return reason === null ? [] : [{ scope, reason }];
  });
}
