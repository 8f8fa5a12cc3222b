import { DomainError, grantsScope, type Scope } from '@reqbase/auth';
import type { ProjectContext } from '../../trpc.ts';
import { patternsFor, WEBHOOK_EVENT_NAMES, type WebhookEventName } from './schema.ts';

/** What a key has to hold besides, for each resource whose events a webhook of its making is told. */
const READ_WITH: Readonly<Record<string, readonly Scope[]>> = {
  conversation: ['conversations:read'],
  message: ['conversations:read'],
  contact: ['requesters:read'],
  // Error reports and feedback are among them.
  feature: ['backlog:read', 'conversations:read'],
  comment: ['backlog:read', 'conversations:read'],
  api_key: ['keys:read'],
  quota: ['usage:read'],
  webhook: [],
};

/**
 * A key does not have sent to it what it may not read: `webhooks:write` is for webhooks alone (contract RogerIQ, Scopes). Who
 * manages webhooks as a person may read all of it.
 *
 * @throws {DomainError} INSUFFICIENT_SCOPE with the first scope that is missing
 */
export function requireReadable({ grant: { facts } }: ProjectContext, events: readonly string[]): void {
  const told = WEBHOOK_EVENT_NAMES.filter((event) => patternsFor(event).some((pattern) => events.includes(pattern)));
  const requiredScope = told.flatMap(scopesOf).find((scope) => !grantsScope(facts, scope));
  if (requiredScope === undefined) return;
  const grantedScopes = facts.key?.scopes.map(({ permission }) => permission) ?? [];
  throw new DomainError('INSUFFICIENT_SCOPE', { detail: { requiredScope, grantedScopes } });
}

function scopesOf(event: WebhookEventName): readonly Scope[] {
  return READ_WITH[event.slice(0, event.indexOf('.'))] ?? [];
}
