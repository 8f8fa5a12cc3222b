import { randomUUID } from 'node:crypto';
import { seedKey, seedProject, seedTenant, TEST_SECRET, type TestTenant } from '@reqbase/auth/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimIdempotency } from './idempotency.ts';
import { ingest } from './modules/catalogue/testing.ts';
import { findingOf, scanOf } from './modules/catalogue/testing-scan.ts';
import { seedConnectedApp } from './modules/connected-apps/testing.ts';
import { seedRequester, startConversation } from './modules/conversations/testing.ts';
import { askForCodes } from './modules/device/testing.ts';
import { seedInvitation, seedPerson } from './modules/members/testing.ts';
import { seedWebhook } from './modules/webhooks/testing.ts';
import { listProcedures } from './procedures.ts';
import { withIdempotency } from './services.ts';
import { callAs, callAsUser, openTestCore, outcomeOf, type TestCore } from './testing.ts';

let core: TestCore;
let tenant: TestTenant;
let featureId: string;
let commentId: string;
let removed: { id: string };
let team: { member: string; leaver: string; invited: string; revoked: string; token: string };
let rotatable: { project: string[]; organization: string[] };
let apps: { others: string; own: string };
let catalogue: { id: string; findingId: string };
let devices: { allowed: string; denied: string };
let conversations: { kept: string; removed: string; requesterId: string };

beforeAll(async () => {
  core = await openTestCore();
  tenant = await seedTenant(core);
  featureId = (await callAsUser(core, tenant.user).backlog.create({ projectId: tenant.project.id, title: 'Dark mode' })).id;
  commentId = (await callAsUser(core, tenant.user).backlog.createComment({ ...ofFeature(), body: 'Planned.' })).id;
  team = await seedTeam();
  rotatable = { project: await seedKeys(tenant.project.id), organization: await seedKeys(null) };
  removed = await seedProject(core, tenant.organization);
  const askingDevice = async () => (await askForCodes(core)).user_code;
  devices = { allowed: await askingDevice(), denied: await askingDevice() };
  apps = { others: (await seedConnectedApp(core, tenant)).id, own: (await seedConnectedApp(core, tenant)).id };
  const requester = await seedRequester(core, tenant);
  const start = async () => (await startConversation(core, tenant, requester)).conversationId;
  const { serviceId } = await ingest(core, tenant, scanOf({ findings: [findingOf()] }));
  const finding = await core.db.prisma.finding.findFirstOrThrow({ where: { serviceId } });
  catalogue = { id: serviceId, findingId: finding.id };
  conversations = { kept: await start(), removed: await start(), requesterId: requester.id };
});
afterAll(() => core.db.close());

/** Members to change and to remove, the caller among them, and invitations, one of them to the caller. */
async function seedTeam(): Promise<typeof team> {
  const seed = async () => (await seedPerson(core, tenant, { project: 'viewer' })).id;
  await core.db.prisma.projectMember.create({ data: { projectId: tenant.project.id, userId: tenant.user.id, role: 'viewer' } });
  const role = 'viewer' as const;
  const sentLongAgo = { role, expiresAt: new Date(core.clock.now().getTime() + 86_400_000) };
  const { token } = await seedInvitation(core, tenant, { role, email: `${tenant.user.id}@example.test` });
  const [invited, revoked] = [await seedInvitation(core, tenant, sentLongAgo), await seedInvitation(core, tenant, { role })];
  return { member: await seed(), leaver: await seed(), invited: invited.id, revoked: revoked.id, token };
}

/** As many as inputs are asked for here: each can be rotated once. */
async function seedKeys(projectId: string | null): Promise<string[]> {
  const keys = await Promise.all([1, 2, 3].map(() => seedKey(core, tenant, { projectId })));
  return keys.map(({ id }) => id);
}

const ofProject = () => ({ projectId: tenant.project.id });
const ofService = () => ({ organizationId: tenant.organization.id, id: catalogue.id });
const ofAccount = () => ({ organizationId: tenant.organization.id, id: accountId });
const ofWebhook = () => ({ ...ofProject(), webhookId });
const ofFeature = () => ({ ...ofProject(), id: featureId });

/** An input for every procedure that acts, in an order in which each of them has something to do. */
const ACTS: Readonly<Record<string, () => object>> = {
  'apiKeys.create': () => ({ ...ofProject(), name: 'A key', scopes: ['backlog:read'] }),
  'apiKeys.update': () => ({ ...ofProject(), id: keyId.project, allowedIps: ['203.0.113.0/24'] }),
  'apiKeys.rotate': () => ({ ...ofProject(), id: rotatable.project.pop() }),
  'apiKeys.revoke': () => ({ ...ofProject(), id: keyId.project }),
  'organizationKeys.create': () => ({ organizationId: tenant.organization.id, name: 'A key', scopes: ['backlog:read'] }),
  'organizationKeys.update': () => ({ organizationId: tenant.organization.id, id: keyId.organization, name: 'Another name' }),
  'organizationKeys.rotate': () => ({ organizationId: tenant.organization.id, id: rotatable.organization.pop() }),
  'organizationKeys.revoke': () => ({ organizationId: tenant.organization.id, id: keyId.organization }),
  'serviceAccounts.create': () => ({ organizationId: tenant.organization.id, name: `Robot ${randomUUID()}`, role: 'viewer' }),
  'serviceAccounts.update': () => ({ ...ofAccount(), role: 'developer' }),
  'serviceAccounts.disable': ofAccount,
  'serviceAccounts.enable': ofAccount,
  'connectedApps.revoke': () => ({ ...ofProject(), id: apps.others }),
  'connectedApps.revokeOwn': () => ({ ...ofProject(), id: apps.own }),
  'device.authorize': () => ({ organizationId: tenant.organization.id, userCode: devices.allowed }),
  'device.deny': () => ({ userCode: devices.denied }),
  'backlog.create': () => ({ ...ofProject(), title: 'Light mode', tags: ['ui'], requester: { externalId: 'u1' } }),
  'backlog.createComment': () => ({ ...ofFeature(), body: 'Planned.' }),
  'backlog.addVote': () => ({ ...ofFeature(), requester: { externalId: 'u1' } }),
  'backlog.removeVote': () => ({ ...ofFeature(), requesterId: requesterId }),
  'backlog.writeNote': () => ({ ...ofFeature(), text: 'A note' }),
  'backlog.writeAgentSection': () => ({ ...ofFeature(), text: 'Found it' }),
  'backlog.claimForAgent': () => ({ ...ofProject(), featureId }),
  'backlog.reportAgentEvent': () => ({ ...ofProject(), featureId, kind: 'agent.pr_opened' }),
  'backlog.editComment': () => ({ ...ofFeature(), commentId, body: 'Planned for May.' }),
  'backlog.removeComment': () => ({ ...ofFeature(), commentId }),
  'backlog.changeStatus': () => ({ ...ofFeature(), status: 'IN_PROGRESS' }),
  'backlog.remove': ofFeature,
  'requesters.update': () => ({ ...ofProject(), id: requesterId, name: 'Grace' }),
  'requesters.upsert': () => ({ ...ofProject(), externalId: 'u2', traits: { plan: 'team' } }),
  'requesters.remove': () => ({ ...ofProject(), id: requesterId }),
  'organizationProjects.create': () => ({ organizationId: tenant.organization.id, name: `Shop ${randomUUID()}` }),
  'projects.remove': () => ({ projectId: removed.id }),
  'projects.update': () => ({ ...ofProject(), name: 'Shop' }),
  'projects.revealIdentitySecret': ofProject,
  'projects.rotateIdentitySecret': ofProject,
  'widget.update': () => ({ ...ofProject(), color: '#000000' }),
  'members.invite': () => ({ ...ofProject(), email: `${randomUUID()}@example.test`, role: 'viewer' }),
  'members.changeRole': () => ({ ...ofProject(), id: team.member, role: 'admin' }),
  'members.remove': () => ({ ...ofProject(), id: team.leaver }),
  'members.resendInvitation': () => ({ ...ofProject(), id: team.invited }),
  'members.revokeInvitation': () => ({ ...ofProject(), id: team.revoked }),
  'invitations.accept': () => ({ token: team.token }),
  'members.leave': () => ({ ...ofProject(), confirm: true }),
  'members.transferOwnership': () => ({ ...ofProject(), id: team.member }),
  'conversations.reply': () => ({ ...ofProject(), id: conversations.kept, body: 'Hello' }),
  'conversations.create': () => ({ ...ofProject(), requesterId: conversations.requesterId, body: 'Hello' }),
  'conversations.update': () => ({ ...ofProject(), id: conversations.kept, priority: 'high' }),
  'conversations.markRead': () => ({ ...ofProject(), id: conversations.kept }),
  'conversations.markUnread': () => ({ ...ofProject(), id: conversations.kept }),
  'conversations.remove': () => ({ ...ofProject(), id: conversations.removed }),
  'notifications.markSeen': () => ({ ...ofProject(), until: '2026-03-14T10:20:30.250Z' }),
  'webhooks.create': () => ({ ...ofProject(), url: 'https://hooks.example/x', events: ['*'] }),
  'webhooks.update': () => ({ ...ofWebhook(), events: ['feature.*'] }),
  'webhooks.rotateSecret': ofWebhook,
  // There is nobody: that is an answer too.
  'webhooks.test': ofWebhook,
  'webhooks.remove': ofWebhook,
  'scans.ingest': () => ({ organizationId: tenant.organization.id, ...scanOf({ service: { name: 'Shipping API' } }) }),
  'services.update': () => ({ ...ofService(), lifecycle: 'deprecated' }),
  'services.createEnvironment': () => ({ ...ofService(), name: randomUUID() }),
  'services.createWorkflow': () => ({ ...ofService(), name: randomUUID() }),
  'findings.triage': () => ({ ...ofService(), id: catalogue.findingId, state: 'accepted' }),
  'announcements.send': () => ({ ...ofProject(), title: 'Dark mode is here', body: 'Thank you for asking!' }),
};
const keyId = { project: '', organization: '' };
let accountId = '';
let webhookId = '';
let requesterId = '';

/** What the acts below have answered, secrets that are shown once among it. */
const answers: unknown[] = [];

const acting = listProcedures().filter(({ type }) => type === 'mutation');
const isPost = (path: string) =>
  acting.some((facts) => facts.path === path && Object.values(facts.meta.rest ?? {}).some(({ method }) => method === 'POST'));

/** The texts in a value under the names that secrets and tokens have. */
function secretsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) =>
    typeof part === 'string' && /^(key|secret|token|current|previous)$/.test(name) ? [part] : secretsIn(part),
  );
}

const wordsIn = (input: object) =>
  Object.entries(input).flatMap(([name, value]) => (['body', 'text'].includes(name) ? [String(value)] : []));

/** Whatever is stored as bytes (hashes, sealed texts), as it could be written out, and the passwords' hashes. */
async function storedSecrets(): Promise<string[]> {
  const columns = await core.db.sql.query<{ table: string; column: string }>(
    `select table_name as "table", column_name as "column" from information_schema.columns
     where table_schema = 'public' and (data_type = 'bytea' or (table_name, column_name) in (('account', 'password'), ('session', 'token')))`,
  );
  const rows = await Promise.all(
    columns.map(({ table, column }) =>
      core.db.sql.query<{ value: Uint8Array | string }>(
        `select "${column}" as value from "${table}" where "${column}" is not null`,
      ),
    ),
  );
  return rows.flat().flatMap(({ value }) => {
    if (typeof value === 'string') return [value];
    const bytes = Buffer.from(value);
    return bytes.length < 16 ? [] : (['hex', 'base64', 'base64url'] as const).map((encoding) => bytes.toString(encoding));
  });
}
const onceOf = (path: string) =>
  acting
    .filter((facts) => facts.path === path)
    .flatMap(({ meta }) => Object.values(meta.rest ?? {}))
    .find(({ once }) => once !== undefined)?.once;

describe('every procedure that acts', () => {
  it('is tried here', () => {
    expect(Object.keys(ACTS).toSorted()).toEqual(acting.map(({ path }) => path).toSorted());
  });

  it.each(Object.keys(ACTS))('%s writes its audit entry and what it answers with in the transaction of the act', async (path) => {
    const attempt = await claimIdempotency(core.db, core.core, {
      principalId: tenant.user.id,
      operation: `POST ${path}`,
      key: 'k',
      body: null,
    });
    if (attempt.kind !== 'claimed') throw new Error('the key was taken');
    const [slice = '', name = ''] = path.split('.');
    const caller = callAs(
      core,
      { kind: 'session', userId: tenant.user.id },
      { change: (ctx) => withIdempotency(ctx, attempt.claim) },
    );
    const act = (caller as unknown as Record<string, Record<string, (input: object) => Promise<any>>>)[slice]?.[name];
    const before = await core.db.prisma.auditEntry.count();
    const answer = await act?.(ACTS[path]?.() ?? {});
    answers.push(answer);
    if (path === 'apiKeys.create') keyId.project = answer.id;
    if (path === 'organizationKeys.create') keyId.organization = answer.id;
    if (path === 'serviceAccounts.create') accountId = answer.id;
    if (path === 'webhooks.create') webhookId = answer.id;
    if (path === 'backlog.addVote')
      requesterId = (await core.db.prisma.requester.findFirstOrThrow({ where: { externalId: 'u1' } })).id;

    expect(await core.db.prisma.auditEntry.count()).toBe(before + 1);
    const record = await core.db.prisma.idempotencyRecord.findFirstOrThrow({ where: { operation: `POST ${path}` } });
    expect(record.completedAt).toEqual(core.clock.now());
    // A retry gets the answer from there: it has to be the one that was given.
    const once = onceOf(path);
    const kept = once === undefined ? answer : { ...answer, [once]: null };
    if (isPost(path)) expect(record.answer).toEqual(JSON.parse(JSON.stringify(kept)));
    if (once !== undefined) expect(JSON.stringify(record)).not.toContain(answer[once]);
  });

  it('leaves no secret, token, hash or message in the log', async () => {
    const secrets = [...secretsIn(answers), ...secretsIn(team), ...(await storedSecrets()), TEST_SECRET];
    const words = Object.values(ACTS).flatMap((input) => wordsIn(input()));
    expect([answers.length, secrets.length > 20, words.length > 6]).toEqual([Object.keys(ACTS).length, true, true]);
    const log = JSON.stringify(await core.db.sql.query('select e::text from audit_entry e'));
    for (const secret of [...secrets, ...words]) expect(log).not.toContain(secret);
  });

  it.each(Object.keys(ACTS).filter(isPost))(
    '%s, tried again over its address, leaves nothing when its answer cannot be kept',
    async (path) => {
      const attempt = await claimIdempotency(core.db, core.core, {
        principalId: tenant.user.id,
        operation: `POST ${path}`,
        key: 'lost',
        body: null,
      });
      if (attempt.kind !== 'claimed') throw new Error('the key was taken');
      const live = (await callAsUser(core, tenant.user).backlog.create({ ...ofProject(), title: 'Another' })).id;
      const liveWebhook = await seedWebhook(core, tenant);
      await attempt.claim.release();
      const counted = () =>
        Promise.all([
          core.db.prisma.feature.count(),
          core.db.prisma.comment.count(),
          core.db.prisma.vote.count(),
          core.db.prisma.requester.count(),
          core.db.prisma.conversation.count(),
          core.db.prisma.message.count(),
          core.db.prisma.notification.count(),
          core.db.prisma.invitation.count(),
          core.db.prisma.agentClaim.count(),
          core.db.prisma.webhook.count(),
          core.db.prisma.webhookDelivery.count(),
          core.db.prisma.scanRun.count(),
          core.db.prisma.serviceEnvironment.count(),
          core.db.prisma.serviceWorkflow.count(),
          core.db.prisma.auditEntry.count(),
        ]);
      const before = await counted();
      const [slice = '', name = ''] = path.split('.');
      const caller = callAs(
        core,
        { kind: 'session', userId: tenant.user.id },
        { change: (ctx) => withIdempotency(ctx, attempt.claim) },
      );
      const act = (caller as unknown as Record<string, Record<string, (input: object) => Promise<unknown>>>)[slice]?.[name];
      const given = ACTS[path]?.() ?? {};
      const input = {
        ...given,
        ...('id' in given && given.id === featureId && { id: live }),
        ...('featureId' in given && { featureId: live }),
        ...('webhookId' in given && { webhookId: liveWebhook }),
      };
      expect(await outcomeOf(act?.(input) ?? Promise.resolve())).toBe('IDEMPOTENCY_CONFLICT');
      expect(await counted()).toEqual(before);
    },
  );
});
