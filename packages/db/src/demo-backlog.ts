import type { Transaction } from './client.ts';
import type { DemoOptions } from './demo.ts';
import { inBatches, type Pick, picker, seededRandom } from './demo-random.ts';
import {
  DEMO_COMMENTS,
  DEMO_COMPANIES,
  DEMO_CUSTOMER_PLANS,
  DEMO_ERROR_REPORT,
  DEMO_FEATURES,
  DEMO_NAMES,
  DEMO_TAGS,
  DEMO_WORDS,
} from './demo-texts.ts';
import type { Prisma } from './generated/client.ts';

const FEATURE_COUNT = 250;
const ANONYMOUS_COUNT = 12;
const DAY_MS = 86_400_000;
const CATEGORIES = ['FEATURE', 'FEATURE', 'FEATURE', 'ERROR', 'FEEDBACK', 'OTHER'] as const;

type DemoRequester = Prisma.RequesterCreateManyInput & { id: string; name: string | null; monthlyRevenue: number };
export type DemoBacklog = {
  readonly requesters: readonly DemoRequester[];
  readonly features: readonly Prisma.FeatureCreateManyInput[];
};

/** 250 requests over half a year, with who asked, voted and commented. */
export async function insertBacklog(tx: Transaction, { newId, now }: DemoOptions, projectId: string): Promise<DemoBacklog> {
  const random = seededRandom(7);
  const pick = picker(random);
  const requesters = demoRequesters(newId, now, projectId);
  const features: Prisma.FeatureCreateManyInput[] = [];
  const votes: Prisma.VoteCreateManyInput[] = [];
  const comments: Prisma.CommentCreateManyInput[] = [];
  const subscriptions: Prisma.SubscriptionCreateManyInput[] = [];
  for (let number = 1; number <= FEATURE_COUNT; number++) {
    const category = pick(CATEGORIES);
    const texts = DEMO_FEATURES[category];
    const status =
      category === 'FEATURE' || category === 'ERROR'
        ? pick(['NEEDS_ACTION', 'NEEDS_ACTION', 'IN_PROGRESS', 'COMPLETED'] as const)
        : pick(['NEEDS_ACTION', 'COMPLETED'] as const);
    const id = newId();
    const createdAt = new Date(
      now.getTime() - Math.floor((1 - (number - 1) / FEATURE_COUNT) * 180 * DAY_MS) - Math.floor(random() * 3_600_000),
    );
    const changedAt = new Date(createdAt.getTime() + Math.floor(random() * (now.getTime() - createdAt.getTime())));
    const isPublic = category === 'FEATURE' || category === 'OTHER';
    const voters = isPublic ? requesters.filter(() => random() < 0.25 * random()) : [];
    const commentCount = random() < 0.4 ? 1 + Math.floor(random() * 4) : 0;
    const isClosed = status === 'COMPLETED' && random() < 0.2;
    votes.push(...voters.map((voter) => ({ featureId: id, requesterId: voter.id, createdAt: changedAt })));
    for (let index = 0; index < commentCount; index++) {
      const isTeam = random() < 0.4;
      const author = pick(requesters);
      comments.push({
        id: newId(),
        featureId: id,
        authorKind: isTeam ? 'TEAM' : 'REQUESTER',
        authorId: isTeam ? null : author.id,
        authorName: isTeam ? 'Demo developer' : (author.name ?? ''),
        body: pick(DEMO_COMMENTS),
        isInternal: isTeam && random() < 0.2,
        createdAt: new Date(createdAt.getTime() + (index + 1) * 3_600_000),
      });
    }
    const submitter = pick(requesters);
    for (const requesterId of new Set([submitter.id, ...voters.map((voter) => voter.id)]))
      subscriptions.push({ featureId: id, requesterId, createdAt });
    features.push({
      id,
      projectId,
      number,
      title: fillWords(pick(texts.patterns), pick),
      description: pick<string | null>(texts.descriptions),
      category,
      subtype: category === 'ERROR' ? 'BUG' : null,
      status,
      completionKind: status === 'COMPLETED' && !isClosed && isPublic ? pick(['SHIPPED', 'NEXT_UPDATE'] as const) : null,
      closeReason: isClosed ? pick(['DECLINED', 'OUT_OF_SCOPE'] as const) : null,
      rating: category === 'FEEDBACK' ? 1 + Math.floor(random() * 5) : null,
      ...(category === 'ERROR' && { errorReport: DEMO_ERROR_REPORT }),
      voteCount: voters.length,
      commentCount,
      revenueWeight: voters.reduce((sum, { monthlyRevenue }) => sum + monthlyRevenue, 0),
      tags: DEMO_TAGS.filter(() => random() < 0.2),
      requesterId: submitter.id,
      pageUrl: 'https://app.customer.example/home',
      developerNote: random() < 0.15 ? 'See the import service; the change is small.' : null,
      source: pick(['widget', 'widget', 'api', 'dashboard', 'email'] as const),
      statusChangedAt: status === 'NEEDS_ACTION' ? createdAt : changedAt,
      createdAt,
      updatedAt: changedAt,
    });
  }
  for (const data of inBatches(requesters)) await tx.requester.createMany({ data });
  for (const data of inBatches(features)) await tx.feature.createMany({ data });
  for (const data of inBatches(votes)) await tx.vote.createMany({ data });
  for (const data of inBatches(comments)) await tx.comment.createMany({ data });
  for (const data of inBatches(subscriptions)) await tx.subscription.createMany({ data });
  await tx.project.update({ where: { id: projectId }, data: { featureNumber: FEATURE_COUNT } });
  return { requesters, features };
}

/** Customers of a few companies, who pay different sums, and some visitors who never said who they are. */
function demoRequesters(newId: () => string, now: Date, projectId: string): DemoRequester[] {
  const random = seededRandom(5);
  const pick = picker(random);
  const daysAgo = (days: number) => new Date(now.getTime() - days * DAY_MS);
  const identified = DEMO_NAMES.flatMap((name, index) =>
    [1, 2, 3].map((part) => {
      const plan = pick(DEMO_CUSTOMER_PLANS);
      const createdAt = daysAgo(190 - random() * 5);
      return {
        id: newId(),
        projectId,
        kind: 'identified' as const,
        externalId: `customer-${index * 3 + part}`,
        email: `${name.toLowerCase()}${part}@customer.example`,
        emailVerified: true,
        name: `${name} ${'ABC'.charAt(part - 1)}.`,
        company: pick(DEMO_COMPANIES),
        traits: { plan: plan.name, amount: plan.monthlyRevenue, interval: 'month' },
        monthlyRevenue: plan.monthlyRevenue,
        identityMethod: 'jwt' as const,
        identifiedAt: createdAt,
        firstSeenAt: createdAt,
        lastSeenAt: daysAgo(random() * 20),
        createdAt,
      };
    }),
  );
  const anonymous = Array.from({ length: ANONYMOUS_COUNT }, () => {
    const createdAt = daysAgo(random() * 60);
    return {
      id: newId(),
      projectId,
      kind: 'anonymous' as const,
      name: null,
      monthlyRevenue: 0,
      identityMethod: 'none' as const,
      firstSeenAt: createdAt,
      lastSeenAt: createdAt,
      createdAt,
    };
  });
  return [...identified, ...anonymous];
}

function fillWords(pattern: string, pick: Pick): string {
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const word = pick(DEMO_WORDS[name.toLowerCase() as keyof typeof DEMO_WORDS]);
    return name.charAt(0) === name.charAt(0).toUpperCase() ? word.charAt(0).toUpperCase() + word.slice(1) : word;
  });
}
