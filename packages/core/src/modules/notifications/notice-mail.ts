import type { Services } from '../../services.ts';
import { excerpt } from '../conversations/excerpt.ts';
import type { Mail } from '../mail/send-mail.ts';
import { unsubscribeUrl } from './unsubscribe.ts';

/** A notice as its e-mail tells it. */
export type ToldNotice = {
  readonly id: string;
  readonly type: string;
  readonly title: string;
  readonly body: string | null;
  readonly featureId: string | null;
  readonly conversationId: string | null;
  readonly data: unknown;
  readonly project: {
    readonly id: string;
    readonly name: string;
    readonly domain: string | null;
    readonly allowedOrigins: readonly string[];
  };
};

const SUBJECTS: Readonly<Record<string, string>> = {
  'feature.status_changed': 'In progress',
  'feature.reopened': 'Open again',
  'comment.created': 'New comment',
};
const COMPLETED: Readonly<Record<string, string>> = {
  SHIPPED: 'Shipped',
  NEXT_UPDATE: 'Coming with the next update',
  DECLINED: 'Closed',
  DUPLICATE: 'Already asked for',
  OUT_OF_SCOPE: 'Closed',
};
const LONGEST_SUBJECT = 200;

/**
 * The e-mail that brings a notice to one requester. Plain text: what users and the team wrote is never markup. It can be
 * answered, at `replyTo`, when it belongs to a conversation of theirs.
 */
export function noticeMail(
  services: Pick<Services, 'publicUrl' | 'secrets'>,
  notice: ToldNotice,
  { id, email, replyTo }: { readonly id: string; readonly email: string; readonly replyTo: string | null },
): Mail {
  const { project } = notice;
  const unsubscribe = unsubscribeUrl(services, { projectId: project.id, address: email });
  const headline = headlineOf(notice);
  const name = oneLine(project.name);
  return {
    to: email,
    subject: excerpt(`${headline} · ${name}`, LONGEST_SUBJECT),
    text: [
      headline,
      notice.body ?? '',
      pageOf(services, project),
      replyTo === null ? '' : `You can answer this e-mail: ${name} gets what you write, but nothing that you attach.`,
      `—\nYou get this because you have written to ${name} or asked for something there.\nNo more of these e-mails: ${unsubscribe}`,
    ]
      .filter((part) => part !== '')
      .join('\n\n'),
    // RFC 8058: mail programs show a button of their own, and end the e-mails with one POST.
    ...(replyTo !== null && { replyTo }),
    headers: { 'List-Unsubscribe': `<${unsubscribe}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
    dedupeId: `${notice.id}:${id}`,
  };
}

function headlineOf({ type, title, data }: ToldNotice): string {
  const prefix = type === 'feature.completed' ? (COMPLETED[howCompleted(data)] ?? 'Completed') : SUBJECTS[type];
  return oneLine(prefix === undefined ? title : `${prefix}: ${title}`);
}

function howCompleted(data: unknown): string {
  if (typeof data !== 'object' || data === null) return '';
  const how: unknown = Reflect.get(data, 'completionKind') ?? Reflect.get(data, 'closeReason');
  return typeof how === 'string' ? how : '';
}

/** Where the requester knows the project from. What a requester sent in is no source: others would be led there. */
function pageOf({ publicUrl }: Pick<Services, 'publicUrl'>, { domain, allowedOrigins }: ToldNotice['project']): string {
  return domain !== null ? `https://${domain}` : (allowedOrigins[0] ?? publicUrl);
}

function oneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}
