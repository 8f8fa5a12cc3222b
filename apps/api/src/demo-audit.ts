import { type AuditEvent, appendEntries, type Facts, newEntry } from '@reqbase/auth';
import type { Services } from '@reqbase/core';
import type { Transaction } from '@reqbase/db';

const DAYS = 14;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Small statements, as the rest of the demo. */
const BATCH = 25;

type Demo = Awaited<ReturnType<typeof readDemo>>;
type Act = AuditEvent & {
  readonly by: Pick<Facts, 'key' | 'user'>;
  readonly from: 'office' | 'home' | 'server' | 'abroad';
  readonly denied?: 'UNAUTHORIZED' | 'INSUFFICIENT_SCOPE' | 'FORBIDDEN' | 'API_KEY_EXPIRED' | 'RATE_LIMITED';
};

const ORIGINS = {
  office: { ip: '203.0.113.7', userAgent: 'Mozilla/5.0 (Macintosh; Intel Mac OS X 15_2) Firefox/145.0' },
  home: { ip: '198.51.100.23', userAgent: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0' },
  server: { ip: '192.0.2.44', userAgent: 'acme-nightly-sync/2.4' },
  abroad: { ip: '2001:db8::b0:7', userAgent: 'python-requests/2.32' },
} as const;

/** Two weeks of an organization that is at work: the demo's own people, keys and requests, and what they were refused. */
export async function insertDemoLog(tx: Transaction, { clock, newId }: Pick<Services, 'clock' | 'newId'>): Promise<void> {
  const demo = await readDemo(tx);
  const now = clock().getTime();
  const entries = Array.from({ length: DAYS }, (_, index) => DAYS - 1 - index).flatMap((daysAgo) => {
    const acts = actsOf(demo, daysAgo);
    return acts.map((act, index) => {
      // The last of today has just happened.
      const at = new Date(now - daysAgo * DAY_MS - ((acts.length - index) * 7 * HOUR_MS) / acts.length);
      const { by, from, denied, ...event } = act;
      const origin = { ...ORIGINS[from], requestId: `req_${newId()}`, clock: () => at, newId };
      const outcome = denied === undefined ? ({ outcome: 'allowed' } as const) : ({ outcome: 'denied', code: denied } as const);
      return newEntry(origin, { ...by, project: demo.project }, demo.project.orgId, event, outcome);
    });
  });
  for (let start = 0; start < entries.length; start += BATCH) await appendEntries(tx, entries.slice(start, start + BATCH));
}

async function readDemo(tx: Transaction) {
  const project = await tx.project.findUniqueOrThrow({ where: { slug: 'demo' }, select: { id: true, orgId: true, slug: true } });
  const people = await tx.user.findMany({ select: { id: true, name: true } });
  const keys = await tx.apiKey.findMany({ where: { orgId: project.orgId } });
  const features = await tx.feature.findMany({
    where: { projectId: project.id, category: 'FEATURE' },
    select: { id: true, title: true },
    orderBy: { number: 'desc' },
    take: DAYS * 2,
  });
  const conversations = await tx.conversation.findMany({
    where: { projectId: project.id },
    select: { id: true },
    orderBy: { lastMessageAt: 'desc' },
    take: DAYS,
  });
  return {
    project,
    features,
    conversations,
    person: (role: string): Pick<Facts, 'key' | 'user'> => ({
      key: null,
      user: people.find(({ name }) => name === `Demo ${role}`) ?? null,
    }),
    key: (name: string): Pick<Facts, 'key' | 'user'> => {
      const named = keys.find((one) => one.name === name);
      if (named === undefined) throw new Error(`the demo has no key ${name}`);
      const { ownerUserId, secretHash: _hash, pepperId: _pepper, ...key } = named;
      return {
        key: { ...key, scopes: [], oauthClientId: null, secretMatches: true },
        user: people.find(({ id }) => id === ownerUserId) ?? null,
      };
    },
  };
}

/** A day's acts: most are the same every day, some once in the two weeks. */
function actsOf({ features, conversations, person, key }: Demo, daysAgo: number): Act[] {
  const [owner, admin, developer] = [person('owner'), person('admin'), person('developer')];
  const sync = key('Nightly sync');
  const [asked, changed] = [features[daysAgo * 2], features[daysAgo * 2 + 1]];
  const conversation = conversations[daysAgo];
  const ofOrganization = { projectId: null };
  const signIn = (by: Act['by'], from: Act['from'], action = 'session.created'): Act => ({
    ...ofOrganization,
    by,
    from,
    action,
    resourceType: 'user',
    resourceId: by.user?.id ?? '',
  });
  const about = (feature: { readonly id: string } | undefined) => ({ resourceType: 'feature', resourceId: feature?.id ?? '' });
  const acts: (Act | false)[] = [
    {
      by: sync,
      from: 'server',
      action: 'feature.status_changed',
      ...about(changed),
      diff: { from: 'NEEDS_ACTION', to: 'IN_PROGRESS' },
    },
    daysAgo % 3 === 0 && { by: sync, from: 'server', action: 'backlog.remove', denied: 'INSUFFICIENT_SCOPE' },
    signIn(daysAgo % 2 === 0 ? owner : admin, daysAgo % 2 === 0 ? 'home' : 'office'),
    asked !== undefined && {
      by: developer,
      from: 'office',
      action: 'feature.created',
      ...about(asked),
      diff: { category: 'FEATURE', title: asked.title },
    },
    conversation !== undefined && {
      by: admin,
      from: 'office',
      action: 'conversation.updated',
      resourceType: 'conversation',
      resourceId: conversation.id,
      diff: { status: { from: 'open', to: 'resolved' } },
    },
    ...(ONCE[daysAgo]?.({ owner, admin, developer, key, signIn, ofOrganization }) ?? []),
    daysAgo % 4 === 1 && signIn(admin, 'office', 'session.ended'),
  ];
  return acts.filter((act) => act !== false);
}

type Once = {
  readonly [who in 'owner' | 'admin' | 'developer']: Act['by'];
} & {
  readonly key: Demo['key'];
  readonly signIn: (by: Act['by'], from: Act['from'], action?: string) => Act;
  readonly ofOrganization: { readonly projectId: null };
};

/** What happened on one day only, by how long ago it was. */
const ONCE: Readonly<Record<number, (world: Once) => readonly Act[]>> = {
  12: ({ owner, key }) => [
    {
      by: owner,
      from: 'home',
      action: 'api_key.created',
      resourceType: 'api_key',
      resourceId: key('Nightly sync').key?.id ?? '',
      diff: { name: 'Nightly sync', prefix: key('Nightly sync').key?.prefix ?? '', scopes: ['backlog:read', 'status:write'] },
    },
  ],
  9: ({ admin, ofOrganization, signIn }) => [
    { ...signIn(admin, 'abroad', 'session.refused'), denied: 'UNAUTHORIZED' },
    { ...signIn(admin, 'abroad', 'session.refused'), denied: 'UNAUTHORIZED' },
    {
      ...ofOrganization,
      by: admin,
      from: 'office',
      action: 'user.password_changed',
      resourceType: 'user',
      resourceId: admin.user?.id ?? '',
    },
  ],
  7: ({ key }) => [{ by: key('Trade fair'), from: 'abroad', action: 'backlog.list', denied: 'API_KEY_EXPIRED' }],
  5: ({ admin }) => [
    { by: admin, from: 'office', action: 'widget.updated', diff: { changed: ['color', 'greeting'] } },
    {
      by: admin,
      from: 'office',
      action: 'project.updated',
      resourceType: 'project',
      diff: { timezone: { from: 'UTC', to: 'Europe/Berlin' } },
    },
  ],
  3: ({ developer, owner }) => [
    { by: developer, from: 'office', action: 'members.invite', denied: 'FORBIDDEN' },
    {
      by: owner,
      from: 'home',
      action: 'member.invited',
      resourceType: 'invitation',
      diff: { email: 'new.colleague@example.com', role: 'developer' },
    },
  ],
  1: ({ owner, key }) => [
    { by: owner, from: 'home', action: 'identity_secret.revealed', resourceType: 'project', diff: { isNew: true } },
    { by: key('Demo key'), from: 'server', action: 'backlog.list', denied: 'RATE_LIMITED' },
  ],
};
