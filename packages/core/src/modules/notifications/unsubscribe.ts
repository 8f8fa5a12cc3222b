import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { publish } from '../../live.ts';
import type { Services } from '../../services.ts';
import { transact } from '../../transact.ts';

/**
 * To which address, and from which project. The address, since several requesters may have it, and whoever the e-mail
 * was for may have been merged into another by the time that its link is followed.
 */
type Mailed = { readonly projectId: string; readonly address: string };

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The link that ends the e-mails of a project to an address. It opens nothing else, and does not expire. */
export function unsubscribeUrl(
  { secrets, publicUrl }: Pick<Services, 'secrets' | 'publicUrl'>,
  { projectId, address }: Mailed,
): string {
  const encoded = Buffer.from(address).toString('base64url');
  return `${publicUrl}/w/${projectId}/unsubscribe?token=${encoded}.${signature(secrets.unsubscribe[0], projectId, encoded)}`;
}

/** Says which e-mails the link's token ends; null for one that this installation has not signed. */
export function readUnsubscribe({ secrets }: Pick<Services, 'secrets'>, projectId: string, token: string): Mailed | null {
  const [encoded = '', given = '', ...rest] = token.split('.');
  if (rest.length > 0 || !ID.test(projectId)) return null;
  const isGenuine = secrets.unsubscribe.some((key) => isSame(signature(key, projectId, encoded), given));
  return isGenuine ? { projectId, address: Buffer.from(encoded, 'base64url').toString() } : null;
}

/** The name of the project whose e-mails a token is about; null when it is gone. */
export async function mailingProject(
  { access }: Pick<Services, 'access'>,
  { projectId }: Pick<Mailed, 'projectId'>,
): Promise<string | null> {
  const project = await access.db.prisma.project.findFirst({ where: { id: projectId, deletedAt: null }, select: { name: true } });
  return project?.name ?? null;
}

/** Ends the project's e-mails to an address, whosever it is; the feeds stay. Once more changes nothing. */
export async function endMails(
  { access, clock }: Pick<Services, 'access' | 'clock'>,
  { projectId, address }: Mailed,
): Promise<void> {
  await transact(access.db, async (tx) => {
    const { count } = await tx.requester.updateMany({
      where: { projectId, email: address, emailOptOut: false },
      data: { emailOptOut: true, updatedAt: clock() },
    });
    if (count > 0) await publish(tx, { tenant: { project: { id: projectId } }, clock }, { kind: 'requester', isPrivate: false });
  });
}

function signature(key: KeyObject, projectId: string, encoded: string): string {
  return createHmac('sha256', key).update(`${projectId}.${encoded}`).digest().subarray(0, 16).toString('base64url');
}

/** As texts: base64url has several spellings of the same bytes. */
function isSame(expected: string, given: string): boolean {
  return Buffer.byteLength(given) === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
