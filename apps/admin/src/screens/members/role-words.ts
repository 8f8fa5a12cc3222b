import type { Role } from '@reqbase/core/contract';

export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  owner: 'Owner',
  admin: 'Admin',
  developer: 'Developer',
  viewer: 'Viewer',
};

/** What the roles that can be given may do, in a sentence. */
export const GIVEN_ROLES = [
  { value: 'viewer', label: 'Viewer', description: 'Reads the backlog, the inbox and the catalogue. Takes no seat.' },
  { value: 'developer', label: 'Developer', description: 'Works with all of it: replies, changes status, sends announcements.' },
  { value: 'admin', label: 'Admin', description: 'As a developer, and manages webhooks and the audit log.' },
] as const;
