import { hash } from 'node:crypto';
import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { Services } from '../../services.ts';
import { transact } from '../../transact.ts';
import { emitContact } from './emit-contact.ts';
import { identifiedVisitor, Unsettled } from './identified-visitor.ts';
import { audienceOf, type Identity, readIdentityToken, readSignedEmail } from './identity.ts';
import { livingSecrets } from './identity-secrets.ts';
import { touch, type Visitor, type VisitorServices } from './last-seen.ts';
import { AnonymousId, type SignedEmail } from './schema.ts';
import { lockName } from './service.ts';

/** What a browser says of who it is. An identity counts before the anonymous id. */
export type Presented = {
  /** As `AnonymousId` in schema.ts. */
  readonly anonymousId?: string | null;
  /** Signed by the project's backend (contract: wire-facts, Reqio, Identity). */
  readonly identityToken?: string | null;
  /** The same as RogerIQ's `identify` gives it. */
  readonly signedEmail?: SignedEmail | null;
};

type VisitedProject = { readonly id: string };

/**
 * Runs what a browser does as one transaction, with the requester that it speaks for, made when there is none and held
 * until the end: what they ask for is weighed by what they pay. As `transact` does, it may run `work` several times.
 *
 * An identity is found by `sub`, else by its e-mail address. What the browser's anonymous id has left until then becomes
 * theirs, and the id is nobody's again: alone, it never opens what belongs to an identified requester, so that the next
 * one at this browser does not see it.
 *
 * @throws {DomainError} INVALID_IDENTITY; UNAUTHORIZED when nothing is presented; BAD_REQUEST for an anonymous id that is
 *   none; CONFLICT for somebody who is erased at this very moment
 */
export async function withVisitor<Output>(
  services: VisitorServices & Pick<Services, 'access'>,
  project: VisitedProject,
  presented: Presented,
  work: (tx: Transaction, visitor: Visitor) => Promise<Output>,
): Promise<Output> {
  const { db } = services.access;
  const attempt = (mode: 'settled' | 'found') =>
    transact(db, async (tx) => work(tx, await resolve(tx, services, project, presented, mode)));
  try {
    return await attempt('settled');
  } catch (error) {
    if (!(error instanceof Unsettled)) throw error;
  }
  // By itself: it locks whatever features the browser has left something at. With those of the work after them, two such
  // transactions would wait for each other.
  await transact(db, (tx) => resolve(tx, services, project, presented, 'settle'));
  return attempt('found');
}

async function resolve(
  tx: Transaction,
  services: VisitorServices,
  project: VisitedProject,
  presented: Presented,
  mode: 'settle' | 'settled' | 'found',
): Promise<Visitor> {
  const identity = await identityIn(tx, services, project, presented);
  const device = deviceIn(presented);
  if (identity !== null) return identifiedVisitor(tx, services, project, { identity, device, mode });
  if (device === null) throw new DomainError('UNAUTHORIZED');
  return (await deviceOwner(tx, services, project, device, 'locked')) ?? anonymousVisitor(tx, services, project, device);
}

/**
 * The requester of a browser that only reads: nobody is made for an anonymous id that has left nothing, which is null. An
 * identity is taken up as by `withVisitor`, so that in its transaction nothing else may be locked.
 *
 * @throws {DomainError} INVALID_IDENTITY; BAD_REQUEST for an anonymous id that is none
 */
export async function knownVisitor(
  tx: Transaction,
  services: VisitorServices,
  project: VisitedProject,
  presented: Presented,
): Promise<Visitor | null> {
  const identity = await identityIn(tx, services, project, presented);
  const device = deviceIn(presented);
  if (identity !== null) return identifiedVisitor(tx, services, project, { identity, device, mode: 'settle' });
  return device === null ? null : deviceOwner(tx, services, project, device, 'shared');
}

/**
 * Keeps what an anonymous visitor types of themselves. Of an identified one the project's backend tells, so only what it
 * has not told is filled in. A typed address proves nothing: it is written to, and finds nobody.
 */
export async function introduceVisitor(
  tx: Transaction,
  services: Pick<Services, 'clock' | 'newId' | 'queue'>,
  project: VisitedProject,
  visitor: Visitor,
  { name, email }: { readonly name?: string | null | undefined; readonly email?: string | null | undefined },
): Promise<Visitor> {
  const given = { name: textOf(name), email: textOf(email)?.toLowerCase() ?? null };
  const next =
    visitor.kind === 'anonymous'
      ? { name: given.name ?? visitor.name, email: given.email ?? visitor.email }
      : { name: visitor.name ?? given.name, email: visitor.email ?? given.email };
  const isOtherEmail = next.email !== visitor.email;
  if (next.name === visitor.name && !isOtherEmail) return visitor;
  await tx.requester.update({
    where: { id: visitor.id },
    data: { ...next, ...(isOtherEmail && { emailTyped: true }), updatedAt: services.clock() },
    select: { id: true },
  });
  if (visitor.kind === 'identified')
    await emitContact(tx, services, { event: 'contact.updated', projectId: project.id, id: visitor.id });
  return { ...visitor, ...next };
}

/** An empty text is none. */
function textOf(text: string | null | undefined): string | null {
  return text == null || text === '' ? null : text;
}

async function identityIn(
  tx: Transaction,
  services: VisitorServices,
  { id }: VisitedProject,
  { identityToken, signedEmail }: Presented,
): Promise<Identity | null> {
  if (identityToken == null && signedEmail == null) return null;
  const living = await livingSecrets(tx, services, id);
  const secrets = living.flatMap(({ text }) => text ?? []);
  if (identityToken == null) return signedEmail == null ? null : readSignedEmail(signedEmail, secrets);
  return readIdentityToken(identityToken, { secrets, audience: audienceOf(services.publicUrl, id), now: services.clock() });
}

/** SHA-256 of the anonymous id: who reads the table cannot present it. */
function deviceIn({ anonymousId }: Presented): Uint8Array<ArrayBuffer> | null {
  if (anonymousId == null) return null;
  if (!AnonymousId.safeParse(anonymousId).success)
    throw new DomainError('BAD_REQUEST', {
      issues: [{ path: 'anonymousId', message: 'Give 22 to 128 characters of base64url, of at least 128 random bits.' }],
    });
  return new Uint8Array(hash('sha256', anonymousId, 'buffer'));
}

type DeviceOwner = Visitor & { readonly lastSeenAt: Date };

/**
 * The anonymous requester of a device. Locked, nobody merges it away until the transaction ends; read only, that may
 * happen in between.
 */
async function deviceOwner(
  tx: Transaction,
  { clock }: VisitorServices,
  project: VisitedProject,
  device: Uint8Array<ArrayBuffer>,
  mode: 'locked' | 'shared',
): Promise<Visitor | null> {
  if (mode === 'locked')
    await tx.$queryRaw`
      select 1 as one from requester_device where project_id = ${project.id}::uuid and id_hash = ${device} for share`;
  const [owner] = await tx.$queryRaw<DeviceOwner[]>`
    select r.id, r.kind::text, r.name, r.email, r.email_verified as "emailVerified", r.last_seen_at as "lastSeenAt"
    from requester_device d join requester r on r.id = d.requester_id
    where d.project_id = ${project.id}::uuid and d.id_hash = ${device} and r.kind = 'anonymous'`;
  if (owner === undefined) return null;
  const { lastSeenAt, ...visitor } = owner;
  await touch(tx, clock(), { id: visitor.id, lastSeenAt });
  return visitor;
}

/** Makes the requester of a device that is seen for the first time; once, by however many calls. */
async function anonymousVisitor(
  tx: Transaction,
  services: VisitorServices,
  project: VisitedProject,
  device: Uint8Array<ArrayBuffer>,
): Promise<Visitor> {
  await lockName(tx, `${project.id} device ${Buffer.from(device).toString('hex')}`);
  const other = await deviceOwner(tx, services, project, device, 'locked');
  if (other !== null) return other;
  const now = services.clock();
  const requester = { id: services.newId(), kind: 'anonymous' as const, name: null, email: null, emailVerified: false };
  await tx.requester.create({
    data: {
      ...requester,
      projectId: project.id,
      firstSeenAt: now,
      lastSeenAt: now,
      createdAt: now,
      updatedAt: now,
      devices: { create: { projectId: project.id, idHash: device, createdAt: now } },
    },
    select: { id: true },
  });
  return requester;
}
