import { NavLink, Stack, Text } from '@mantine/core';
import { can } from '@reqbase/core/contract';
import {
  IconApi,
  IconBook2,
  IconBug,
  IconBuilding,
  IconChartBar,
  IconFolder,
  IconHistory,
  IconKey,
  IconListDetails,
  IconMessage2Cog,
  IconPlugConnected,
  IconRobot,
  IconSettings,
  IconUserCog,
  IconUsers,
  IconWebhook,
} from '@tabler/icons-react';
import { useRouterState } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { NavigationLink } from '../../ui/links.tsx';
import { InboxLink } from '../conversations/inbox-link.tsx';
import { NotificationsLink } from '../notifications/notifications-link.tsx';
import { useProjects } from '../projects/use-project.ts';
import { useTenant } from './use-tenant.ts';

const MAX_PROJECTS = 8;

/** Where the person may go: what the role does not allow is not offered. */
export function Navigation() {
  const { organization, project } = useTenant();
  return (
    <Stack component="nav" aria-label="Main" gap="lg" justify="space-between" flex={1}>
      <Stack gap="lg">
        {project === null ? <ProjectLinks organizationId={organization?.id} /> : <ProjectSections {...project} />}
        {organization !== null && can(organization.role, 'viewCatalog') && <OrganizationSection {...organization} />}
      </Stack>
      <NavLink href="/docs" target="_blank" label="API reference" leftSection={<IconBook2 size={18} />} />
    </Stack>
  );
}

function OrganizationSection({ slug, name, role }: NonNullable<ReturnType<typeof useTenant>['organization']>) {
  const params = { slug };
  // A scan is of a service, whatever its address says.
  const isOfScan = useRouterState({ select: ({ location }) => location.pathname.includes('/scan-runs/') });
  return (
    <Section title={name}>
      <NavigationLink
        to="/organizations/$slug/services"
        params={params}
        {...(isOfScan && { active: true })}
        label="Services"
        leftSection={<IconApi size={18} />}
      />
      <NavigationLink to="/organizations/$slug/findings" params={params} label="Findings" leftSection={<IconBug size={18} />} />
      {can(role, 'issueOrganizationTokens') && (
        <NavigationLink
          to="/organizations/$slug/api-keys"
          params={params}
          label="Organization keys"
          leftSection={<IconBuilding size={18} />}
        />
      )}
      {can(role, 'issueOrganizationTokens') && (
        <NavigationLink
          to="/organizations/$slug/service-accounts"
          params={params}
          label="Service accounts"
          leftSection={<IconRobot size={18} />}
        />
      )}
      {can(role, 'viewAudit') && (
        <NavigationLink
          to="/organizations/$slug/audit-log"
          params={params}
          label="Audit log"
          leftSection={<IconHistory size={18} />}
        />
      )}
    </Section>
  );
}

/** What the day's work is done with, and then what is set up once. */
function ProjectSections({ slug, name, role }: NonNullable<ReturnType<typeof useTenant>['project']>) {
  const params = { slug };
  return (
    <>
      <Section title={name}>
        <NavigationLink
          to="/projects/$slug/backlog"
          params={params}
          label="Backlog"
          leftSection={<IconListDetails size={18} />}
        />
        {can(role, 'viewInbox') && <InboxLink slug={slug} />}
        {can(role, 'viewRequesters') && (
          <NavigationLink
            to="/projects/$slug/requesters"
            params={params}
            label="Requesters"
            leftSection={<IconUsers size={18} />}
          />
        )}
        {can(role, 'viewNotifications') && <NotificationsLink slug={slug} />}
      </Section>
      <Section title="Set-up">
        {can(role, 'viewWidget') && (
          <NavigationLink
            to="/projects/$slug/widget"
            params={params}
            label="Widget"
            leftSection={<IconMessage2Cog size={18} />}
          />
        )}
        {can(role, 'viewMembers') && (
          <NavigationLink to="/projects/$slug/members" params={params} label="Members" leftSection={<IconUserCog size={18} />} />
        )}
        {can(role, 'issueTokens') && (
          <NavigationLink to="/projects/$slug/api-keys" params={params} label="API keys" leftSection={<IconKey size={18} />} />
        )}
        <NavigationLink
          to="/projects/$slug/connected-apps"
          params={params}
          label="Connected apps"
          leftSection={<IconPlugConnected size={18} />}
        />
        {can(role, 'manageWebhooks') && (
          <NavigationLink
            to="/projects/$slug/webhooks"
            params={params}
            label="Webhooks"
            leftSection={<IconWebhook size={18} />}
          />
        )}
        {can(role, 'viewUsage') && (
          <NavigationLink to="/projects/$slug/usage" params={params} label="Usage" leftSection={<IconChartBar size={18} />} />
        )}
        <NavigationLink to="/projects/$slug/settings" params={params} label="Settings" leftSection={<IconSettings size={18} />} />
      </Section>
    </>
  );
}

/** On a page of the organization: the ways into its projects. */
function ProjectLinks({ organizationId }: { readonly organizationId: string | undefined }) {
  const projects = useProjects().filter(({ orgId }) => organizationId === undefined || orgId === organizationId);
  if (projects.length === 0) return null;
  return (
    <Section title="Projects">
      {projects.slice(0, MAX_PROJECTS).map(({ slug, name }) => (
        <NavigationLink
          key={slug}
          to="/projects/$slug/backlog"
          params={{ slug }}
          label={name}
          leftSection={<IconFolder size={18} />}
        />
      ))}
    </Section>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div>
      <Text size="xs" fw={600} c="dimmed" px="sm" mb={4} truncate>
        {title}
      </Text>
      {children}
    </div>
  );
}
