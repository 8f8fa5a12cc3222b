import type { Tenant } from '@reqbase/auth';
import type { Services } from './services.ts';
import type { ProjectContext } from './trpc.ts';

/** Who says or does something, as what it leaves behind names them. */
export type Author = {
  readonly kind: 'TEAM' | 'REQUESTER' | 'SYSTEM' | 'AGENT';
  /** A user's, service account's or requester's id; null for the system. */
  readonly id: string | null;
  readonly name: string;
};

/**
 * An act in a project, by whomever: the team and its programs behind the access pipeline, a visitor of the widget, or a
 * job. Services that all of them reach take this and not a `ProjectContext`.
 */
export type Act = Services & {
  readonly tenant: Tenant<'project'>;
  readonly author: Author;
  readonly via: 'api' | 'mcp' | 'dashboard' | 'widget' | 'email' | 'system';
};

const VIA = { rpc: 'dashboard', project: 'api', org: 'api', platform: 'api', mcp: 'mcp' } as const;

/** The act of a call that the pipeline let in. */
export function actOf(ctx: ProjectContext): Act {
  const via = ctx.surface === 'rpc' && ctx.grant.facts.key !== null ? 'api' : VIA[ctx.surface];
  return { ...ctx, author: authorOf(ctx), via };
}

/** A service account speaks under the name of its key. */
export function authorOf({ grant: { facts } }: ProjectContext): Author {
  return facts.user === null
    ? { kind: 'TEAM', id: facts.key?.serviceAccountId ?? null, name: facts.key?.name ?? '' }
    : { kind: 'TEAM', id: facts.user.id, name: facts.user.name };
}
