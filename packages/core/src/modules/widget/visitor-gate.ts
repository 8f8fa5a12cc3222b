import { DomainError } from '@reqbase/auth';
import type { PublicWidget } from './public-config.ts';

export type Page = {
  /** The `Origin` that the browser names; null for a call that names none. */
  readonly origin: string | null;
  readonly isWrite: boolean;
  /** The installation's own: the admin shows previews. */
  readonly ownOrigin: string;
};

/**
 * Whether a page may use the widget: any, where the project lists no origins. Where it does, only those: not a page
 * without an origin of its own (`null`: sandboxed, or a file), and no write that names none. What names none and reads is
 * no page of another origin, since browsers name theirs.
 */
export function mayUse({ allowedOrigins }: Pick<PublicWidget, 'allowedOrigins'>, { origin, isWrite, ownOrigin }: Page): boolean {
  if (allowedOrigins.length === 0 || origin === ownOrigin) return true;
  return origin === null ? !isWrite : allowedOrigins.includes(origin);
}

/** @throws {DomainError} ORIGIN_NOT_ALLOWED; GONE for a widget that is switched off, told only to pages that may use it */
export function admitPage(widget: PublicWidget, page: Page): void {
  if (!mayUse(widget, page)) throw new DomainError('ORIGIN_NOT_ALLOWED');
  if (!widget.isEnabled) throw new DomainError('GONE');
}
