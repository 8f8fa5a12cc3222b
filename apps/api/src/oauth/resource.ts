import type { Services } from '@reqbase/core';
import { database } from './storage.ts';

/** The two ways into a project that a token is asked for (RFC 8707). A token opens both: its audience is the project. */
const WAYS = ['mcp', 'api/v1'] as const;
const PATH = /^\/p\/([^/]+)\/(?:mcp|api\/v1)$/;

/** Says whether a project can be called so, by id or slug: what cannot is not told back, since it may be a key in the wrong place. */
export function isProjectName(text: string): boolean {
  return /^[a-z0-9-]{1,60}$/.test(text);
}

export type ResourceProject = { readonly id: string; readonly slug: string; readonly name: string; readonly orgId: string };

/** The project that a resource's URL names, by id or slug; null for a URL that is none of ours. It is compared as it is written. */
function projectRefIn(publicUrl: string, resource: string): string | null {
  const ref = resource.startsWith(publicUrl) ? PATH.exec(resource.slice(publicUrl.length))?.[1] : undefined;
  return ref !== undefined && isProjectName(ref) ? ref : null;
}

/** The project that a resource is of; null when there is none. */
export async function findResource(services: Services, resource: string): Promise<ResourceProject | null> {
  const ref = projectRefIn(services.publicUrl, resource);
  if (ref === null) return null;
  const select = { id: true, slug: true, name: true, orgId: true, deletedAt: true };
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(ref);
  const found = await database(services).project.findUnique({ where: isId ? { id: ref } : { slug: ref }, select });
  return found === null || found.deletedAt !== null ? null : found;
}

/** Every URL that names a project as a resource. */
export function resourcesOf(publicUrl: string, { id, slug }: Pick<ResourceProject, 'id' | 'slug'>): string[] {
  return [id, slug].flatMap((ref) => WAYS.map((way) => `${publicUrl}/p/${ref}/${way}`));
}
