import { memberSchemas } from '@reqbase/core/contract';

/** Reads what an invitation offers; its token is all that is needed. @throws {Error} with a sentence for the person */
export async function readInvitation(token: string, signal: AbortSignal): Promise<memberSchemas.InvitationPreview> {
  return memberSchemas.InvitationPreview.parse(await send(`/api/auth/invitations/${encodeURIComponent(token)}`, { signal }));
}

export type NewAccount = { readonly token: string; readonly name: string; readonly password: string };

/** Makes the account that the invitation is for, and accepts. @throws {Error} with a sentence for the person */
export async function acceptWithNewAccount(account: NewAccount): Promise<memberSchemas.AcceptedInvitation> {
  const answer = await send('/api/auth/invitations/accept', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(account),
  });
  return memberSchemas.AcceptedInvitation.parse(answer);
}

async function send(path: string, init: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    throw new Error('The server cannot be reached.', { cause });
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return member(body, 'data');
  const message = member(member(body, 'error'), 'message');
  throw new Error(typeof message === 'string' ? message : 'Something went wrong on our side. Try again.');
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
