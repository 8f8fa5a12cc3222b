import type { Role } from '@reqbase/core/contract';

export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  owner: 'Owner',
  admin: 'Admin',
  developer: 'Developer',
  viewer: 'Viewer',
};

/** What the roles that can be given may do, in a sentence. */
export const GIVEN_ROLES = [
  { value: 'viewer', label: 'Viewer', description: 'Reads the backlog and the inbox. Takes no seat.' },
  { value: 'developer', label: 'Developer', description: 'Works with all of it: replies, changes status, sends announcements.' },
  {
    value: 'admin',
    label: 'Admin',
    description: 'As a developer, and erases requesters, manages webhooks and reads the audit log.',
  },
] as const;
