import type { connectedAppSchemas } from '@reqbase/core/contract';

/** What an app is called, where it has said nothing too. */
export function nameOf({ name, host }: Pick<connectedAppSchemas.ConnectedApp, 'name' | 'host'>): string {
  return name ?? host ?? 'An app without a name';
}
