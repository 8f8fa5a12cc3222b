import type { Transaction } from '@reqbase/db';
import type { Services } from '../../services.ts';
import { inOneLine } from '../mail/one-line.ts';
import { sendMail } from '../mail/send-mail.ts';

export type MailedKey = {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly orgId: string;
  readonly projectId: string | null;
  /** Null: a service account's. */
  readonly ownerUserId: string | null;
};

type KeyMail = {
  /** Of which there is one for a key. */
  readonly about: 'expiring';
  readonly subject: (key: string) => string;
  readonly paragraphs: (key: { readonly named: string; readonly page: string }) => readonly string[];
};

/** Tells those whose key it is, once each, with the transaction's commit. */
export async function mailOwners(
  tx: Transaction,
  { queue, publicUrl }: Pick<Services, 'queue' | 'publicUrl'>,
  key: MailedKey,
  mail: KeyMail,
): Promise<void> {
  const page = `${publicUrl}${await pathOfKeys(tx, key)}`;
  for (const { id, email } of await ownersOf(tx, key)) {
    await queue.add(tx, sendMail, {
      to: email,
      subject: mail.subject(quoted(key)),
      text: `${mail.paragraphs({ named: named(key), page }).join('\n\n')}\n`,
      dedupeId: `api-key:${mail.about}:${key.id}:${id}`,
    });
  }
}

export function quoted({ name }: Pick<MailedKey, 'name'>): string {
  return `"${inOneLine(name)}"`;
}

export function named(key: Pick<MailedKey, 'name' | 'prefix'>): string {
  return `${quoted(key)} (${key.prefix}…)`;
}

/** The person whose key it is; of a service account's, who may manage it. */
export function ownersOf(tx: Transaction, { orgId, projectId, ownerUserId }: MailedKey) {
  const select = { id: true, email: true } as const;
  if (ownerUserId !== null) return tx.user.findMany({ where: { id: ownerUserId }, select });
  const ofProject = projectId === null ? [] : [{ projectMembers: { some: { projectId, role: 'owner' as const } } }];
  return tx.user.findMany({
    where: { OR: [{ organizationMembers: { some: { orgId, role: { in: ['owner', 'admin'] } } } }, ...ofProject] },
    orderBy: { id: 'asc' },
    select,
  });
}

export async function pathOfKeys(tx: Transaction, { orgId, projectId }: MailedKey): Promise<string> {
  const select = { slug: true } as const;
  if (projectId !== null) {
    const { slug } = await tx.project.findUniqueOrThrow({ where: { id: projectId }, select });
    return `/projects/${slug}/api-keys`;
  }
  const { slug } = await tx.organization.findUniqueOrThrow({ where: { id: orgId }, select });
  return `/organizations/${slug}/api-keys`;
}
