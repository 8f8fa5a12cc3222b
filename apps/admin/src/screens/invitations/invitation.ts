import { ERRORS, type ErrorCode, memberSchemas } from '@reqbase/core/contract';

/** Why a call about an invitation was refused, in a sentence for the person. */
export class InvitationError extends Error {
  readonly code: ErrorCode | null;
  constructor(message: string, code: ErrorCode | null, options?: ErrorOptions) {
    super(message, options);
    this.name = 'InvitationError';
    this.code = code;
  }
}

/** Reads what an invitation offers; its token is all that is needed. @throws {InvitationError} */
export async function readInvitation(token: string, signal: AbortSignal): Promise<memberSchemas.InvitationPreview> {
  return memberSchemas.InvitationPreview.parse(await send(`/api/auth/invitations/${encodeURIComponent(token)}`, { signal }));
}

export type NewAccount = { readonly token: string; readonly name: string; readonly password: string };

/** Makes the account that the invitation is for, and accepts. @throws {InvitationError} */
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
    throw new InvitationError('The server cannot be reached.', null, { cause });
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return member(body, 'data');
  const error = member(body, 'error');
  const code = member(error, 'code');
  const message = member(error, 'message');
  throw new InvitationError(
    typeof message === 'string' ? message : 'Something went wrong on our side. Try again.',
    typeof code === 'string' && isCode(code) ? code : null,
  );
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function isCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERRORS, code);
}
