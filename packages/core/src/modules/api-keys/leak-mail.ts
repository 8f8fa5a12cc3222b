import type { Transaction } from '@reqbase/db';
import type { Services } from '../../services.ts';
import { sendMail } from '../mail/send-mail.ts';
import { type MailedKey, named, ownersOf, pathOfKeys, quoted } from './key-mail.ts';
import type { Ended } from './revoke-tree.ts';

/** Of more keys than these a mail says how many. */
const NAMED = 20;

type Told = { readonly email: string; isOwner: boolean; readonly ended: MailedKey[] };

/**
 * Tells those whose key has leaked, and those whose keys have ended with it: one mail each, whatever the number of keys, with the
 * transaction's commit. What had expired before has not ended with it.
 */
export async function mailLeak(
  tx: Transaction,
  { queue, publicUrl, clock }: Pick<Services, 'queue' | 'publicUrl' | 'clock'>,
  leaked: MailedKey,
  endedWithIt: readonly Ended[],
): Promise<void> {
  const now = clock();
  const ended = endedWithIt.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  const people = new Map<string, Told>();
  const owners = remembered(
    ({ ownerUserId, projectId }) => `${ownerUserId} ${projectId}`,
    (key) => ownersOf(tx, key),
  );
  const paths = remembered(
    ({ projectId }) => `${projectId}`,
    (key) => pathOfKeys(tx, key),
  );
  const toldOf = async (key: MailedKey) =>
    (await owners(key)).map(({ id, email }) => {
      const told = people.get(id) ?? { email, isOwner: false, ended: [] };
      people.set(id, told);
      return told;
    });
  for (const told of await toldOf(leaked)) told.isOwner = true;
  for (const key of ended) for (const told of await toldOf(key)) told.ended.push(key);
  for (const [id, { email, isOwner, ended: own }] of people) {
    const keys = isOwner ? [leaked, ...own] : own;
    const pages = new Set<string>();
    for (const key of keys) pages.add(`${publicUrl}${await paths(key)}`);
    await queue.add(tx, sendMail, {
      to: email,
      subject: isOwner ? `API key ${quoted(leaked)} has leaked and is revoked` : endedSubject(own),
      text: `${[...paragraphs(leaked, isOwner, own), `${WHAT_TO_DO}\n${[...pages].join('\n')}`].join('\n\n')}\n`,
      dedupeId: `api-key:leaked:${leaked.id}:${id}`,
    });
  }
}

function endedSubject([first, ...others]: readonly MailedKey[]): string {
  if (first !== undefined && others.length === 0) return `API key ${quoted(first)} has ended with one that has leaked`;
  return `${others.length + 1} API keys have ended with one that has leaked`;
}

const WHAT_TO_DO =
  'What to do: make a new key and bring it to what used this one, find out how it got out, and look at what was done with it until now.';

function paragraphs(leaked: MailedKey, isOwner: boolean, own: readonly MailedKey[]): string[] {
  const reported = `Somebody has reported the API key ${named(leaked)} as found where it does not belong. They had the whole key, so it is revoked`;
  if (own.length === 0) return [`${reported}: whatever uses it is refused from now on.`];
  const more = own.length > NAMED ? [`and ${own.length - NAMED} more`] : [];
  const list = [...own.slice(0, NAMED).map(named), ...more].map((line) => `- ${line}`).join('\n');
  const whose = isOwner ? 'what was made with it' : 'what was made with it, keys of yours among that';
  return [`${reported}, and with it ${whose}: whatever uses these keys is refused from now on.`, list];
}

/** Asks once for keys of which the answer is the same. */
function remembered<Answer>(sameOf: (key: MailedKey) => string, ask: (key: MailedKey) => Promise<Answer>) {
  const answers = new Map<string, Promise<Answer>>();
  return (key: MailedKey): Promise<Answer> => {
    const same = sameOf(key);
    const answer = answers.get(same) ?? ask(key);
    answers.set(same, answer);
    return answer;
  };
}
