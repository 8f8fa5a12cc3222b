import { DomainError } from '@reqbase/auth';
import type { Prisma, Transaction } from '@reqbase/db';
import { contentTagOf } from '../../entity-tag.ts';
import type { ProjectContext } from '../../trpc.ts';
import { write } from '../../write.ts';
import { emitContact } from './emit-contact.ts';
import { publishRequester } from './publish-requester.ts';
import { readRequester } from './requester-row.ts';
import { lockFeaturesAskedBy, reweigh } from './revenue.ts';
import {
  MAX_TRAITS,
  Requester as Output,
  type Requester,
  type RequesterRef,
  type Traits,
  type UpdateRequester,
  type UpsertRequester,
} from './schema.ts';
import { type FoundRequester, findOrMake, lockIdentity } from './service.ts';
import { mergedTraits, monthlyRevenueOf, sameTraits } from './traits.ts';

/** @throws {DomainError} REQUESTER_NOT_FOUND */
export async function getRequester(ctx: ProjectContext, { id }: RequesterRef): Promise<Requester> {
  return readRequester(ctx.access.db.prisma, ctx, id);
}

type ProfileInput = Pick<UpdateRequester, 'name' | 'phone' | 'company' | 'jobTitle' | 'traits' | 'emailOptOut'>;

/**
 * Changes what is known of a requester. A changed revenue weighs the features anew that they asked for.
 *
 * @throws {DomainError} REQUESTER_NOT_FOUND; NO_UPDATES; BAD_REQUEST for more than 50 traits in the end;
 *   PRECONDITION_FAILED when it is not any more what `ifMatch` is the tag of
 */
export async function updateRequester(
  ctx: ProjectContext,
  { projectId: _named, id, ifMatch, ...input }: UpdateRequester,
): Promise<Requester> {
  if (Object.values(input).every((value) => value === undefined)) throw new DomainError('NO_UPDATES');
  return write(ctx, async (tx, audit) => {
    await lockProfile(tx, ctx.tenant.project.id, id);
    if (ifMatch !== undefined && ifMatch !== contentTagOf(Output, await readRequester(tx, ctx, id)))
      throw new DomainError('PRECONDITION_FAILED');
    const { changed, features } = await changeProfile(tx, ctx, id, input);
    if (changed.length > 0) {
      await audit({ action: 'requester.updated', resourceType: 'requester', resourceId: id, diff: { changed } });
      await emitContact(tx, ctx, { event: 'contact.updated', projectId: ctx.tenant.project.id, id });
      await publishRequester(tx, ctx, { features });
    }
    return readRequester(tx, ctx, id);
  });
}

/**
 * Finds a requester by externalId, else by e-mail address, or makes one, and changes what is given of them. With a name
 * alone there is nobody to find: that makes one each time (wire-facts, RogerIQ, Contact).
 *
 * @throws {DomainError} BAD_REQUEST without externalId, e-mail and name, and for more than 50 traits in the end
 */
export async function upsertRequester(
  ctx: ProjectContext,
  { projectId: _named, externalId, email, ...input }: UpsertRequester,
): Promise<Requester> {
  if (externalId === undefined && email === undefined && !input.name)
    throw new DomainError('BAD_REQUEST', {
      issues: [{ path: 'externalId', message: 'Somebody needs an id of yours, an e-mail address or a name.' }],
    });
  const address = email?.toLowerCase() ?? null;
  const startedAt = ctx.clock().toISOString();
  return write(ctx, async (tx, audit) => {
    // Both before the requester, as all do.
    await lockIdentity(tx, ctx.tenant.project.id, { externalId: externalId ?? null, email: address });
    const { id, change } =
      externalId === undefined && email === undefined
        ? await nameless(tx, ctx)
        : await findOrMake(tx, ctx, { externalId, email });
    if (externalId !== undefined && address !== null) await changeEmail(tx, ctx, id, address);
    const { changed, features } = await changeProfile(tx, ctx, id, input);
    await audit({ action: 'requester.upserted', resourceType: 'requester', resourceId: id, diff: { changed } });
    const requester = await readRequester(tx, ctx, id);
    // Not of everybody whom a backend names as they sign in: writers of the project take turns at what is published.
    const isChanged = requester.updatedAt >= startedAt;
    if (isChanged) {
      const event = change === 'created' ? 'contact.created' : 'contact.updated';
      await emitContact(tx, ctx, { event, projectId: ctx.tenant.project.id, id });
      await publishRequester(tx, ctx, { features });
    }
    return requester;
  });
}

/** A requester of whom nothing is known yet but that they are one. */
async function nameless(tx: Transaction, ctx: ProjectContext): Promise<FoundRequester> {
  const now = ctx.clock();
  const seen = { firstSeenAt: now, lastSeenAt: now, identifiedAt: now, createdAt: now, updatedAt: now };
  const made = { id: ctx.newId(), projectId: ctx.tenant.project.id, kind: 'identified' as const, identityMethod: 'api' as const };
  return { id: (await tx.requester.create({ data: { ...made, ...seen }, select: { id: true } })).id, change: 'created' };
}

/** Under the lock of its identity. An address that a caller gives is not one that an identity has proved. */
async function changeEmail(tx: Transaction, ctx: ProjectContext, id: string, email: string): Promise<void> {
  const projectId = ctx.tenant.project.id;
  await tx.requester.updateMany({
    where: { id, projectId, OR: [{ email: null }, { email: { not: email } }] },
    data: { email, emailVerified: false, emailTyped: false, updatedAt: ctx.clock() },
  });
}

/** Writes what differs; returns the names of it, and the features that are weighed anew. @throws {DomainError} REQUESTER_NOT_FOUND, BAD_REQUEST */
async function changeProfile(
  tx: Transaction,
  ctx: ProjectContext,
  id: string,
  input: ProfileInput,
): Promise<{ changed: string[]; features: string[] }> {
  const projectId = ctx.tenant.project.id;
  const before = await lockProfile(tx, projectId, id);
  const { traits: given, ...texts } = input;
  const traits = given === undefined ? before.traits : mergedTraits(before.traits, given);
  if (traits === null)
    throw new DomainError('BAD_REQUEST', { issues: [{ path: 'traits', message: `At most ${MAX_TRAITS} in the end.` }] });
  const changes = changesIn(before, texts);
  if (!sameTraits(before.traits, traits)) Object.assign(changes, { traits });
  const changed = Object.keys(changes);
  if (changed.length === 0) return { changed, features: [] };
  const monthlyRevenue = given === undefined ? before.monthlyRevenue : monthlyRevenueOf(traits);
  const features = monthlyRevenue === before.monthlyRevenue ? [] : await lockFeaturesAskedBy(tx, projectId, [id]);
  const now = ctx.clock();
  await tx.requester.update({
    where: { id, projectId },
    data: { ...changes, monthlyRevenue, updatedAt: now },
    select: { id: true },
  });
  await reweigh(tx, { projectId, at: now }, features);
  return { changed, features };
}

type Profile = {
  readonly name: string | null;
  readonly phone: string | null;
  readonly company: string | null;
  readonly jobTitle: string | null;
  readonly emailOptOut: boolean;
  readonly traits: Traits;
  readonly monthlyRevenue: number;
};

/** Those of the given values that are others than before. An empty text is none. */
function changesIn(before: Profile, given: Omit<ProfileInput, 'traits'>): Prisma.RequesterUpdateInput {
  const changes: Prisma.RequesterUpdateInput = {};
  for (const name of ['name', 'phone', 'company', 'jobTitle'] as const) {
    const value = given[name] === '' ? null : given[name];
    if (value !== undefined && value !== before[name]) changes[name] = value;
  }
  if (given.emailOptOut !== undefined && given.emailOptOut !== before.emailOptOut) changes.emailOptOut = given.emailOptOut;
  return changes;
}

/** Held until the transaction ends, and before its features. @throws {DomainError} REQUESTER_NOT_FOUND */
async function lockProfile(tx: Transaction, projectId: string, id: string): Promise<Profile> {
  const [row] = await tx.$queryRaw<Profile[]>`
    select name, phone, company, job_title as "jobTitle", traits, email_opt_out as "emailOptOut", monthly_revenue as "monthlyRevenue"
    from requester where id = ${id}::uuid and project_id = ${projectId}::uuid for no key update`;
  if (row === undefined) throw new DomainError('REQUESTER_NOT_FOUND');
  return row;
}
