import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { Identity } from './identity.ts';
import { touch, type Visitor, type VisitorServices } from './last-seen.ts';
import { lockConversationsOf, mergeRequester } from './merge.ts';
import { publishRequester } from './publish-requester.ts';
import { lockFeaturesAskedBy, reweigh } from './revenue.ts';
import type { Traits } from './schema.ts';
import { lockIdentity } from './service.ts';
import { mergedTraits, monthlyRevenueOf, sameTraits } from './traits.ts';

/** What an identity can change of a requester. */
type Profile = {
  readonly externalId: string | null;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly name: string | null;
  readonly traits: Traits;
  readonly monthlyRevenue: number;
  readonly identityMethod: 'jwt' | 'hmac' | 'none' | 'api';
};
type Known = Profile & { readonly id: string; readonly kind: 'identified' | 'anonymous'; readonly lastSeenAt: Date };
type Device = Uint8Array<ArrayBuffer>;
type Meeting = {
  readonly identity: Identity;
  readonly device: Device | null;
  /**
   * `settle`: what the identity and its browser bring is written, in a transaction that does nothing else. Who writes more
   * has that behind them and holds the requester: if everything is `settled`, or whoever is `found`.
   */
  readonly mode: 'settle' | 'settled' | 'found';
};

/** Nobody is found, or the identity or its browser brings something that is still to be settled. */
export class Unsettled extends DomainError {
  constructor() {
    super('CONFLICT');
  }
}

const KNOWN_FIELDS = {
  id: true,
  kind: true,
  externalId: true,
  email: true,
  emailVerified: true,
  name: true,
  traits: true,
  monthlyRevenue: true,
  identityMethod: true,
  lastSeenAt: true,
} as const;

/**
 * The requester that an identity names, as it says; what the device's anonymous requester has left is theirs afterwards.
 * Found by externalId, else by e-mail address, else made; once, by however many calls.
 *
 * @throws {Unsettled} when it is not to settle anything, and has to
 */
export async function identifiedVisitor(
  tx: Transaction,
  services: VisitorServices,
  project: { readonly id: string },
  meeting: Meeting,
): Promise<Visitor> {
  const known = await findKnown(tx, project.id, meeting.identity);
  const isEnough = known !== null && (meeting.mode === 'found' || (await isSettled(tx, project.id, known, meeting)));
  if (!isEnough && meeting.mode === 'settle') return settle(tx, services, project.id, meeting);
  if (!isEnough || (meeting.mode !== 'settle' && !(await hold(tx, project.id, known, meeting)))) throw new Unsettled();
  await touch(tx, services.clock(), known);
  return toVisitor(known.id, known);
}

/** Whether everything is as the identity says, and its browser has left nothing: nearly always. */
async function isSettled(tx: Transaction, projectId: string, known: Known, { identity, device }: Meeting): Promise<boolean> {
  return isSame(known, profileAfter(known, identity)) && !(device !== null && (await isInUse(tx, projectId, device)));
}

/** Holds the requester until the transaction ends. Says whether they still are who the identity names. */
async function hold(tx: Transaction, projectId: string, { id }: Known, { identity }: Meeting): Promise<boolean> {
  await tx.$queryRaw`select id from requester where id = ${id}::uuid for no key update`;
  return (await findKnown(tx, projectId, identity))?.id === id;
}

async function findKnown(tx: Transaction, projectId: string, { externalId, email }: Identity): Promise<Known | null> {
  const row =
    externalId !== null
      ? await tx.requester.findUnique({ where: { projectId_externalId: { projectId, externalId } }, select: KNOWN_FIELDS })
      : await tx.requester.findFirst({ where: { projectId, email, emailVerified: true }, select: KNOWN_FIELDS });
  return row === null ? null : { ...row, traits: row.traits as Traits };
}

async function isInUse(tx: Transaction, projectId: string, idHash: Device): Promise<boolean> {
  return (
    (await tx.requesterDevice.findUnique({ where: { projectId_idHash: { projectId, idHash } }, select: { projectId: true } })) !==
    null
  );
}

/** Locks in the one order (identity, device, requesters, conversations, features), then writes what has changed. */
async function settle(
  tx: Transaction,
  { clock, newId }: VisitorServices,
  projectId: string,
  { identity, device }: Meeting,
): Promise<Visitor> {
  await lockIdentity(tx, projectId, identity);
  const anonymousId = device === null ? null : await lockDevice(tx, projectId, device);
  const candidates = await lockCandidates(tx, projectId, identity, anonymousId);
  const known = choose(candidates, identity);
  const profile = profileAfter(known, identity);
  const isRevenueNew = known !== null && known.monthlyRevenue !== profile.monthlyRevenue;
  const id = known?.id ?? newId();

  const moving = anonymousId === null ? [] : [anonymousId];
  const conversations = moving.length === 0 ? 0 : await lockConversationsOf(tx, moving);
  const features = await lockFeaturesAskedBy(tx, projectId, isRevenueNew ? [...moving, id] : moving);

  const now = clock();
  const hasReleased = await releaseEmail(tx, now, candidates, { id, email: identity.email });
  if (known === null) await make(tx, now, { id, projectId, ...profile });
  else await change(tx, now, known, profile);
  if (anonymousId !== null) await mergeRequester(tx, now, { from: anonymousId, into: id });
  await reweigh(tx, { projectId, at: now }, features);
  if (known === null || !isSame(known, profile) || hasReleased || anonymousId !== null)
    await publishRequester(
      tx,
      { tenant: { project: { id: projectId } }, clock },
      { features, hasConversations: conversations > 0, isInFeed: anonymousId !== null },
    );
  return toVisitor(
    id,
    await tx.requester.findUniqueOrThrow({ where: { id }, select: { name: true, email: true, emailVerified: true } }),
  );
}

/** The device's anonymous requester, held against whoever speaks for it or merges it. */
async function lockDevice(tx: Transaction, projectId: string, device: Device): Promise<string | null> {
  const [row] = await tx.$queryRaw<{ requesterId: string }[]>`
    select requester_id as "requesterId" from requester_device
    where project_id = ${projectId}::uuid and id_hash = ${device} for update`;
  return row?.requesterId ?? null;
}

/** Everybody that the identity may be, and who has its address now, locked in the order of their ids. */
async function lockCandidates(
  tx: Transaction,
  projectId: string,
  { externalId, email }: Identity,
  anonymousId: string | null,
): Promise<Known[]> {
  return tx.$queryRaw<Known[]>`
    select id, kind::text, external_id as "externalId", email, email_verified as "emailVerified", name, traits,
      monthly_revenue as "monthlyRevenue", identity_method::text as "identityMethod", last_seen_at as "lastSeenAt"
    from requester
    where project_id = ${projectId}::uuid
      and (external_id = ${externalId} or (email = ${email} and kind = 'identified') or id = ${anonymousId}::uuid)
    order by id for no key update`;
}

/**
 * Who of them it is. An address names somebody only who has no externalId of their own: with another one they are another
 * person, whose address it was. A signed address, which brings no externalId, names whoever has it verified.
 */
function choose(candidates: readonly Known[], { externalId, email }: Identity): Known | null {
  const byId = candidates.find((candidate) => externalId !== null && candidate.externalId === externalId);
  if (byId !== undefined) return byId;
  const byEmail = candidates.filter(
    (candidate) =>
      candidate.kind === 'identified' &&
      email !== null &&
      candidate.email === email &&
      (candidate.externalId === null || (externalId === null && candidate.emailVerified)),
  );
  return byEmail.find(({ emailVerified }) => emailVerified) ?? byEmail[0] ?? null;
}

/** What the identity says, over what there was. What it does not say stays. */
function profileAfter(known: Profile | null, { method, externalId, email, name, traits: given }: Identity): Profile {
  const before = known?.traits ?? {};
  // Where both together are too many, those of the token count: its backend is the one that knows.
  const traits = given === null ? before : (mergedTraits(before, given) ?? mergedTraits({}, given) ?? {});
  return {
    externalId: externalId ?? known?.externalId ?? null,
    email: email ?? known?.email ?? null,
    emailVerified: email !== null || (known?.emailVerified ?? false),
    name: name ?? known?.name ?? null,
    traits,
    monthlyRevenue: given === null ? (known?.monthlyRevenue ?? 0) : monthlyRevenueOf(traits),
    identityMethod: known?.identityMethod === 'jwt' ? 'jwt' : method,
  };
}

function isSame({ traits, ...a }: Profile, { traits: others, ...b }: Profile): boolean {
  return (
    a.externalId === b.externalId &&
    a.email === b.email &&
    a.emailVerified === b.emailVerified &&
    a.name === b.name &&
    a.monthlyRevenue === b.monthlyRevenue &&
    a.identityMethod === b.identityMethod &&
    sameTraits(traits, others)
  );
}

/** A verified address belongs to one requester of a project: to whom the latest identity says. Says whether another had it. */
async function releaseEmail(
  tx: Transaction,
  now: Date,
  candidates: readonly Known[],
  { id, email }: { readonly id: string; readonly email: string | null },
): Promise<boolean> {
  const holders = candidates.filter((other) => other.id !== id && other.email === email && other.emailVerified);
  if (holders.length === 0) return false;
  await tx.requester.updateMany({
    where: { id: { in: holders.map((holder) => holder.id) } },
    data: { emailVerified: false, updatedAt: now },
  });
  return true;
}

async function make(
  tx: Transaction,
  now: Date,
  { traits, ...requester }: Profile & { readonly id: string; readonly projectId: string },
): Promise<void> {
  await tx.requester.create({
    data: {
      ...requester,
      traits: traits as object,
      kind: 'identified',
      identifiedAt: now,
      firstSeenAt: now,
      lastSeenAt: now,
      createdAt: now,
      updatedAt: now,
    },
    select: { id: true },
  });
}

async function change(tx: Transaction, now: Date, known: Known, profile: Profile): Promise<void> {
  if (isSame(known, profile)) return touch(tx, now, known);
  await tx.requester.update({
    where: { id: known.id },
    data: {
      ...profile,
      ...(profile.emailVerified && { emailTyped: false }),
      traits: profile.traits as object,
      lastSeenAt: now,
      updatedAt: now,
    },
    select: { id: true },
  });
}

function toVisitor(id: string, { name, email, emailVerified }: Pick<Profile, 'name' | 'email' | 'emailVerified'>): Visitor {
  return { id, kind: 'identified', name, email, emailVerified };
}
