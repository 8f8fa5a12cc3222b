import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import type { IdempotencyClaim } from '../../idempotency.ts';
import type { Services } from '../../services.ts';
import { transact } from '../../transact.ts';
import { UNNAMED, type Visitor } from '../requesters/last-seen.ts';
import { knownVisitor, type Presented, withVisitor } from '../requesters/visitor.ts';
import type { PublicWidget } from './public-config.ts';

/** One call of the widget: of which project, and who the browser says that it speaks for. */
export type Visit = Services & {
  readonly widget: PublicWidget;
  readonly presented: Presented;
  /** Set for a call that carries an `Idempotency-Key`. */
  readonly idempotency: IdempotencyClaim | null;
};

/** What the visitor does, as the services of the team's side take it. */
export function actOfVisitor(visit: Visit, { id, name }: Pick<Visitor, 'id' | 'name'>): Act {
  return { ...visit, tenant: visit.widget.tenant, author: { kind: 'REQUESTER', id, name: name ?? UNNAMED }, via: 'widget' };
}

/**
 * Runs what a visitor does as one transaction, with the answer to give a retry. The visitor comes first: their row is
 * locked before conversations and features are (one order for all), and what is published comes last.
 *
 * @throws {DomainError} UNAUTHORIZED when the browser says nothing of who it is, or in secure mode without an identity; INVALID_IDENTITY
 */
export async function asVisitor<Output>(
  visit: Visit,
  work: (tx: Transaction, act: Act, visitor: Visitor) => Promise<Output>,
): Promise<Output> {
  requireIdentity(visit);
  return withVisitor(visit, visit.widget.tenant.project, visit.presented, async (tx, visitor) => {
    const output = await work(tx, actOfVisitor(visit, visitor), visitor);
    await visit.idempotency?.complete(tx, output);
    return output;
  });
}

/**
 * Who reads; null for a browser that has left nothing so far, or says nothing of who it is.
 *
 * @throws {DomainError} UNAUTHORIZED in secure mode without an identity; INVALID_IDENTITY
 */
export async function readerOf(visit: Visit): Promise<Visitor | null> {
  requireIdentity(visit);
  if (!saysWho(visit)) return null;
  return transact(visit.access.db, (tx) => knownVisitor(tx, visit, visit.widget.tenant.project, visit.presented));
}

/** The same for what is somebody's own: who does not say who they are is refused. @throws {DomainError} UNAUTHORIZED, INVALID_IDENTITY */
export async function ownerOf(visit: Visit): Promise<Visitor | null> {
  if (!saysWho(visit)) throw new DomainError('UNAUTHORIZED');
  return readerOf(visit);
}

function saysWho({ presented: { anonymousId, identityToken, signedEmail } }: Visit): boolean {
  return anonymousId != null || identityToken != null || signedEmail != null;
}

/** In secure mode, nothing without an identity. Whether it is genuine shows when it is read. */
function requireIdentity({ widget, presented: { identityToken, signedEmail } }: Visit): void {
  if (widget.config.identityRequired && identityToken == null && signedEmail == null) throw new DomainError('UNAUTHORIZED');
}

type Switch = 'chatEnabled' | 'commentsEnabled' | 'screenshotEnabled';

/** @throws {DomainError} NOT_OFFERED for what the project has switched off */
export function requireOffered({ widget: { config } }: Visit, offer: Switch): void {
  if (!config[offer]) throw new DomainError('NOT_OFFERED');
}
