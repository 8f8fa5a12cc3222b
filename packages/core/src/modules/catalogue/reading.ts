/** How every tool of the catalogue is: it reads. */
export const READS = { readOnly: true, idempotent: true } as const;
/** About the organization of the key. */
export const own = { isOwnOrganization: true } as const;
/** How the platform surface reads something, a list by the name of its items. */
export const read = (path: string, items?: string) => ({
  platform: { method: 'GET', path, ...own, ...(items !== undefined && { items }) } as const,
});
