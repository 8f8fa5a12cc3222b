import type { OrganizationContext } from '../../trpc.ts';

/** Who acts, as what they leave behind names them: a person, or a service account under the name of its key. */
export function actorOf({ grant: { facts } }: OrganizationContext): { readonly id: string | null; readonly name: string } {
  return facts.user ?? { id: facts.key?.serviceAccountId ?? null, name: facts.key?.name ?? '' };
}
