import type { Scope } from './scopes.ts';

/** What an app may ask for: never one of the coarse scopes (contract Reqio; wire-facts, OAuth). */
export const OAUTH_SCOPES = [
  'backlog:read',
  'status:write',
  'notes:write',
  'comments:write',
  'comments:delete',
  'features:delete',
  'conversations:read',
  'conversations:write',
  'broadcasts:write',
  'widget:read',
  'widget:write',
  'members:read',
  'members:write',
  'members:delete',
  'project:write',
] as const satisfies readonly Scope[];
export type OAuthScope = (typeof OAUTH_SCOPES)[number];

/** What an app is told to ask for at first: enough to work with, and nothing that destroys. */
export const OAUTH_WORKING_SCOPES = [
  'backlog:read',
  'status:write',
  'notes:write',
  'comments:write',
  'conversations:read',
  'widget:read',
] as const satisfies readonly OAuthScope[];

export function isOAuthScope(word: string): word is OAuthScope {
  return (OAUTH_SCOPES as readonly string[]).includes(word);
}

/** The words of a list as OAuth writes it (RFC 6749 §3.3) that an app may ask for; whatever else it holds is dropped. */
export function readOAuthScopes(list: string | undefined): OAuthScope[] {
  return [...new Set((list ?? '').split(' '))].filter(isOAuthScope);
}
