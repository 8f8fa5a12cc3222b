import type { Role } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import { inOneLine } from '../mail/one-line.ts';
import { sendMail } from '../mail/send-mail.ts';

type Invited = { readonly id: string; readonly email: string; readonly role: Role; readonly expiresAt: Date };

const AS: Readonly<Record<Role, string>> = {
  viewer: 'a viewer',
  developer: 'a developer',
  admin: 'an admin',
  owner: 'the owner',
};

/** Sends the link with the transaction's commit. It is nowhere else: what is stored of the token is its hash. */
export async function mailInvitation(
  tx: Transaction,
  act: Act,
  { id, email, role, expiresAt }: Invited,
  token: string,
): Promise<void> {
  const { name } = await tx.project.findUniqueOrThrow({ where: { id: act.tenant.project.id }, select: { name: true } });
  const [inviter, project] = [inOneLine(act.author.name), inOneLine(name)];
  await act.queue.add(tx, sendMail, {
    to: email,
    subject: `${inviter} invites you to ${project}`,
    text: [
      `${inviter} invites you to the project "${project}" as ${AS[role]}.`,
      `Accept the invitation here, until ${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC:\n${act.publicUrl}/invitations/${token}`,
      'If you did not expect this, ignore this e-mail: without your doing, nothing happens.\n',
    ].join('\n\n'),
    // Sent again, it is another e-mail, with another link.
    dedupeId: `invitation:${id}:${expiresAt.getTime()}`,
  });
}
