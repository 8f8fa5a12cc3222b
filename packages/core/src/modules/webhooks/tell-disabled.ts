import { can, ROLES } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import { sendMail } from '../mail/send-mail.ts';
import { notify } from '../notifications/notify.ts';
import { MAX_FAILURES } from './schema.ts';

const MANAGING_ROLES = ROLES.filter((role) => can(role, 'manageWebhooks'));

/** Tells the team in its feed, and those who manage webhooks by e-mail, that one has been disabled. Publishes. */
export async function tellDisabled(
  tx: Transaction,
  act: Act,
  { id, url, version }: { readonly id: string; readonly url: string; readonly version: number },
): Promise<void> {
  // Its path or query may be a secret of the receiver's.
  const { host } = new URL(url);
  const { project, organization } = act.tenant;
  const role = { in: MANAGING_ROLES };
  const [people, { name }] = [
    await tx.user.findMany({
      where: {
        OR: [
          { organizationMembers: { some: { orgId: organization.id, role } } },
          { projectMembers: { some: { projectId: project.id, role } } },
        ],
      },
      select: { id: true, email: true },
    }),
    await tx.project.findUniqueOrThrow({ where: { id: project.id }, select: { name: true } }),
  ];
  const title = `The webhook to ${host} is disabled`;
  const body = `${MAX_FAILURES} deliveries in a row have failed.`;
  for (const { id: userId, email } of people)
    await act.queue.add(tx, sendMail, {
      to: email,
      subject: title,
      text: [
        `${title}: ${body}`,
        `Nothing is sent there until somebody enables it again. What failed, and why, is with the webhooks of ${inOneLine(name)}:\n${act.publicUrl}/projects/${project.slug}/webhooks\n`,
      ].join('\n\n'),
      dedupeId: `webhook-disabled:${id}:${version}:${userId}`,
    });
  await notify(tx, act, { type: 'webhook.disabled', title, body, audience: 'team', isPrivate: false });
}

function inOneLine(name: string): string {
  return name.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
