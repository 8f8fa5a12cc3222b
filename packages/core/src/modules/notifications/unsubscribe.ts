import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Services } from '../../services.ts';

/** Whose e-mails, and from which project. */
type Mailed = { readonly projectId: string; readonly requesterId: string };

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The link that ends the e-mails of a project to a requester. It opens nothing else, and does not expire. */
export function unsubscribeUrl({ secrets, publicUrl }: Pick<Services, 'secrets' | 'publicUrl'>, mailed: Mailed): string {
  const token = `${mailed.requesterId}.${signature(secrets.unsubscribe[0], mailed)}`;
  return `${publicUrl}/w/${mailed.projectId}/unsubscribe?token=${token}`;
}

/** Says whose e-mails the link's token ends; null for one that this installation has not signed. */
export function readUnsubscribe({ secrets }: Pick<Services, 'secrets'>, projectId: string, token: string): Mailed | null {
  const [requesterId = '', given = '', ...rest] = token.split('.');
  if (rest.length > 0 || !ID.test(requesterId) || !ID.test(projectId)) return null;
  const mailed = { projectId, requesterId };
  const isGenuine = secrets.unsubscribe.some((key) => isSame(signature(key, mailed), given));
  return isGenuine ? mailed : null;
}

/** The name of the project whose e-mails a token is about; null when it or the requester is gone. */
export async function mailingProject(
  { access }: Pick<Services, 'access'>,
  { projectId, requesterId }: Mailed,
): Promise<string | null> {
  const requester = await access.db.prisma.requester.findFirst({
    where: { id: requesterId, projectId, project: { deletedAt: null } },
    select: { project: { select: { name: true } } },
  });
  return requester?.project.name ?? null;
}

/** Ends the project's e-mails to a requester; their feed stays. Once more changes nothing. */
export async function endMails(
  { access, clock }: Pick<Services, 'access' | 'clock'>,
  { projectId, requesterId }: Mailed,
): Promise<void> {
  await access.db.prisma.requester.updateMany({
    where: { id: requesterId, projectId, emailOptOut: false },
    data: { emailOptOut: true, updatedAt: clock() },
  });
}

function signature(key: KeyObject, { projectId, requesterId }: Mailed): string {
  return createHmac('sha256', key).update(`${projectId}.${requesterId}`).digest().subarray(0, 16).toString('base64url');
}

/** As texts: base64url has several spellings of the same bytes. */
function isSame(expected: string, given: string): boolean {
  return Buffer.byteLength(given) === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
