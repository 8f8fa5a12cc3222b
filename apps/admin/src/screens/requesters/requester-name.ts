import type { requesterSchemas } from '@reqbase/core/contract';

type Named = Pick<requesterSchemas.Requester, 'name' | 'email' | 'externalId'>;

/** What a requester is called: the best that is known of them. */
export function requesterName({ name, email, externalId }: Named): string {
  return name ?? email ?? externalId ?? 'Visitor without a name';
}
