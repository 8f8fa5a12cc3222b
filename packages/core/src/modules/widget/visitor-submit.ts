import { DomainError, type Issue } from '@reqbase/auth';
import { Prisma, type Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import { nextNumber } from '../backlog/create-feature.ts';
import { LARGEST_SCREENSHOT_BYTES, saveScreenshot } from '../backlog/screenshot.ts';
import { tellCreated } from '../backlog/tell.ts';
import { isPublic } from '../backlog/visibility.ts';
import { openConversation } from '../conversations/append.ts';
import { excerpt } from '../conversations/excerpt.ts';
import { subscribe } from '../notifications/subscriptions.ts';
import type { Visitor } from '../requesters/last-seen.ts';
import { revenueOf } from '../requesters/revenue.ts';
import { introduceVisitor } from '../requesters/visitor.ts';
import { bareUrl, redacted } from './redact.ts';
import { actOfVisitor, asVisitor, requireOffered, type Visit } from './visit.ts';
import { readRequest } from './visitor-requests.ts';
import type { Submit, Submitted } from './visitor-schema.ts';

const TITLE_LENGTH = 120;

/**
 * Takes what a visitor sends: a feature of the category, by its requester, who is told of what becomes of it and has voted
 * for it if it is public. Whatever waits for an answer (ERROR, FEEDBACK, OTHER) opens a conversation as well.
 *
 * @throws {DomainError} NOT_OFFERED for what the widget does not offer; BAD_REQUEST for what the category lacks or does not
 *   have, and for an address that is asked for; PAYLOAD_TOO_LARGE for a picture above 2 MiB; UNAUTHORIZED, INVALID_IDENTITY
 */
export async function submit(visit: Visit, input: Submit): Promise<Submitted> {
  const { config } = visit.widget;
  if (!config.categoriesEnabled.includes(input.category)) throw new DomainError('NOT_OFFERED');
  if (input.screenshot != null) requireOffered(visit, 'screenshotEnabled');
  const issues = faultsOf(input);
  if (issues.length > 0) throw new DomainError('BAD_REQUEST', { issues });
  const screenshot = input.screenshot == null ? null : bytesOf(input.screenshot);

  return asVisitor(visit, async (tx, _act, visitor) => {
    const known =
      config.collectEmail === 'never' ? visitor : await introduceVisitor(tx, visit, visit.widget.tenant.project, visitor, input);
    if (config.collectEmail === 'required' && known.email === null)
      throw new DomainError('BAD_REQUEST', { issues: [{ path: 'email', message: 'Is required.' }] });
    const act = actOfVisitor(visit, known);
    const feature = await addFeature(tx, act, known, {
      ...input,
      diagnostics: config.diagnosticsEnabled ? input.diagnostics : null,
    });
    if (screenshot !== null) await saveScreenshot(tx, feature.id, screenshot);
    await subscribe(tx, act, { featureId: feature.id, requesterId: known.id });
    // From here on it is published: nothing more may be locked.
    if (input.category !== 'FEATURE')
      await openConversation(tx, act, {
        requesterId: known.id,
        featureId: feature.id,
        subject: feature.title,
        channel: 'widget',
        body: asMessage(input),
        isAnnounced: true,
      });
    await tellCreated(tx, act, feature);
    return { request: await readRequest(tx, visit, known, feature.id) };
  });
}

async function addFeature(tx: Transaction, { tenant, newId, clock }: Act, requester: Visitor, input: Submit) {
  const { category, rating, errorReport, diagnostics, pageUrl, text } = input;
  const now = clock();
  const hasVote = isPublic(category);
  const row = await tx.feature.create({
    data: {
      id: newId(),
      projectId: tenant.project.id,
      number: await nextNumber(tx, tenant.project.id),
      title: titleOf(input),
      description: text == null || text === '' ? null : text,
      category,
      rating: rating ?? null,
      errorReport: errorReport ?? Prisma.DbNull,
      diagnostics: diagnostics == null ? Prisma.DbNull : redacted(diagnostics),
      pageUrl: pageUrl == null ? null : bareUrl(pageUrl),
      requesterId: requester.id,
      voteCount: hasVote ? 1 : 0,
      revenueWeight: await revenueOf(tx, requester.id),
      tags: [],
      source: 'widget',
      statusChangedAt: now,
      createdAt: now,
      updatedAt: now,
    },
    select: { id: true, title: true, category: true, description: true },
  });
  if (hasVote) await tx.vote.create({ data: { featureId: row.id, requesterId: requester.id, createdAt: now } });
  return row;
}

/** What its category needs and is not there, and what is there that its category does not have. */
function faultsOf({ category, title, text, rating, errorReport }: Submit): Issue[] {
  const issues: Issue[] = [];
  const add = (path: string, message: string) => issues.push({ path, message });
  if (category === 'FEATURE' && !title) add('title', 'Is required.');
  if (category === 'OTHER' && !text) add('text', 'Is required.');
  if (category === 'FEEDBACK' && rating == null) add('rating', 'Is required.');
  if (category === 'ERROR' && !text && !hasWords(errorReport)) add('errorReport', 'Give this, or a text.');
  if (category !== 'FEEDBACK' && rating != null) add('rating', 'Only FEEDBACK has a rating.');
  if (category !== 'ERROR' && errorReport != null) add('errorReport', 'Only ERROR has an error report.');
  return issues;
}

function hasWords(report: Submit['errorReport']): boolean {
  return report != null && Object.values(report).some((answer) => answer.trim() !== '');
}

const KINDS = { FEATURE: 'Request', ERROR: 'Problem', FEEDBACK: 'Feedback', OTHER: 'Question' } as const;

/** Its own title, else the beginning of what says most. */
function titleOf({ category, title, text, errorReport, rating }: Submit): string {
  const { happened, doing, expected } = errorReport ?? {};
  const said = [text, happened, doing, expected].find((answer) => answer != null && answer.trim() !== '');
  if (title) return title;
  if (said != null) return excerpt(said, TITLE_LENGTH);
  return rating == null ? KINDS[category] : `${KINDS[category]}: ${stars(rating)}`;
}

function stars(rating: number): string {
  return '★'.repeat(rating) + '☆'.repeat(5 - rating);
}

/** The submission as the first message of its conversation. */
function asMessage({ category, title, text, errorReport, rating }: Submit): string {
  const parts = [
    ...(rating == null ? [] : [stars(rating)]),
    ...(title ? [title] : []),
    ...(errorReport == null
      ? []
      : [
          `Trying to do: ${errorReport.doing.trim()}`,
          `Expected: ${errorReport.expected.trim()}`,
          `Happened: ${errorReport.happened.trim()}`,
        ]),
    ...(text ? [text] : []),
  ];
  return parts.length === 0 ? KINDS[category] : parts.join('\n\n');
}

/** Node reads base64 as far as it can; what is none must not become half a picture. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  if ((base64.length / 4) * 3 > LARGEST_SCREENSHOT_BYTES + 3) throw new DomainError('PAYLOAD_TOO_LARGE');
  if (!BASE64.test(base64))
    throw new DomainError('BAD_REQUEST', { issues: [{ path: 'screenshot', message: 'Must be base64.' }] });
  return new Uint8Array(Buffer.from(base64, 'base64'));
}
