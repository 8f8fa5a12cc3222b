import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { readFailure } from './failure.ts';
import { readAuditFilters } from './screens/audit/audit-filters.ts';
import { readFilters } from './screens/backlog/backlog-filters.ts';
import {
  readEndpointFilters,
  readFindingFilters,
  readRunFilters,
  readServiceFilters,
} from './screens/catalogue/catalogue-filters.ts';
import { readInboxFilters } from './screens/conversations/inbox-filters.ts';
import { meQuery } from './screens/members/me-query.ts';
import { readNotificationFilters } from './screens/notifications/notification-filters.ts';
import { organizationsQuery } from './screens/organizations/organizations-query.ts';
import { projectsQuery } from './screens/projects/projects-query.ts';
import { readRequesterFilters } from './screens/requesters/requester-filters.ts';
import { BrokenScreen } from './screens/shell/broken-screen.tsx';
import { NotFoundScreen } from './screens/shell/not-found-screen.tsx';
import { ownPath } from './screens/sign-in/own-path.ts';
import { parseSearch, stringifySearch } from './search-params.ts';
import type { TrpcOptions } from './trpc.ts';
import { PageSkeleton } from './ui/page-skeleton.tsx';

type RouterContext = { readonly queryClient: QueryClient; readonly trpc: TrpcOptions };

const rootRoute = createRootRouteWithContext<RouterContext>()({ component: Outlet });

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  // Undefined, not left out: the router keeps what is not spoken of.
  validateSearch: (search: Record<string, unknown>): { redirect?: string | undefined } => ({
    redirect: ownPath(search.redirect) ?? undefined,
  }),
  component: lazyRouteComponent(() => import('./screens/sign-in/sign-in-screen.tsx'), 'SignInScreen'),
});

/** Where an invitation leads: also for who has no account yet. */
const invitationRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/invitations/$token',
  component: lazyRouteComponent(() => import('./screens/invitations/invitation-screen.tsx'), 'InvitationScreen'),
});

type Loading = { readonly context: RouterContext; readonly location: { readonly href: string } };

/** For who has a session, with what all screens need already in the cache; who has none signs in first and comes back. */
async function requireSession({ context: { queryClient, trpc }, location }: Loading): Promise<void> {
  try {
    await Promise.all([
      queryClient.query({ ...meQuery(trpc), staleTime: 'static' }),
      queryClient.query({ ...organizationsQuery(trpc), staleTime: 'static' }),
      queryClient.query({ ...projectsQuery(trpc), staleTime: 'static' }),
    ]);
  } catch (error) {
    if (readFailure(error).code !== 'UNAUTHORIZED') throw error;
    redirect({ to: '/sign-in', search: location.href === '/' ? {} : { redirect: location.href }, throw: true });
  }
}

/** Where a device sends its person, with the code or without. */
const deviceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/device',
  validateSearch: ({ code }: Record<string, unknown>): { code?: string | undefined } => ({
    code: typeof code === 'string' ? code : undefined,
  }),
  beforeLoad: requireSession,
  component: lazyRouteComponent(() => import('./screens/device/device-screen.tsx'), 'DeviceScreen'),
});

/** Where an app sends its person. */
const consentRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/connect/$uid',
  beforeLoad: requireSession,
  component: lazyRouteComponent(() => import('./screens/connected-apps/consent-screen.tsx'), 'ConsentScreen'),
});

/** Everything but signing in, invitations, devices and apps. */
const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'app',
  beforeLoad: requireSession,
  component: lazyRouteComponent(() => import('./screens/shell/app-layout.tsx'), 'AppLayout'),
});

const homeRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/',
  beforeLoad: async ({ context: { queryClient, trpc } }) => {
    const [first] = await queryClient.query({ ...projectsQuery(trpc), staleTime: 'static' });
    if (first !== undefined)
      redirect({ to: '/projects/$slug/backlog', params: { slug: first.slug }, replace: true, throw: true });
  },
  component: lazyRouteComponent(() => import('./screens/projects/no-projects-screen.tsx'), 'NoProjectsScreen'),
});

const projectRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/projects/$slug',
  component: lazyRouteComponent(() => import('./screens/projects/project-layout.tsx'), 'ProjectLayout'),
});

const projectHomeRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: '/',
  beforeLoad: ({ params }) => {
    redirect({ to: '/projects/$slug/backlog', params, replace: true, throw: true });
  },
});

/** The filters stay in the address of a request too: the way back leads to the same list. */
const backlogRoute = createRoute({ getParentRoute: () => projectRoute, path: 'backlog', validateSearch: readFilters });

const featuresRoute = createRoute({
  getParentRoute: () => backlogRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./screens/backlog/backlog-screen.tsx'), 'BacklogScreen'),
});

const featureRoute = createRoute({
  getParentRoute: () => backlogRoute,
  path: '$featureId',
  component: lazyRouteComponent(() => import('./screens/backlog/feature-screen.tsx'), 'FeatureScreen'),
});

/** The list stays beside the conversation that is open. */
const inboxRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: 'inbox',
  validateSearch: readInboxFilters,
  component: lazyRouteComponent(() => import('./screens/conversations/inbox-screen.tsx'), 'InboxScreen'),
});

const nothingOpenRoute = createRoute({
  getParentRoute: () => inboxRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./screens/conversations/nothing-open.tsx'), 'NothingOpen'),
});

const conversationRoute = createRoute({
  getParentRoute: () => inboxRoute,
  path: '$conversationId',
  component: lazyRouteComponent(() => import('./screens/conversations/thread-pane.tsx'), 'ThreadPane'),
});

const requestersRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: 'requesters',
  validateSearch: readRequesterFilters,
});

const requesterListRoute = createRoute({
  getParentRoute: () => requestersRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./screens/requesters/requesters-screen.tsx'), 'RequestersScreen'),
});

const requesterRoute = createRoute({
  getParentRoute: () => requestersRoute,
  path: '$requesterId',
  component: lazyRouteComponent(() => import('./screens/requesters/requester-screen.tsx'), 'RequesterScreen'),
});

const notificationsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: 'notifications',
  validateSearch: readNotificationFilters,
  component: lazyRouteComponent(() => import('./screens/notifications/notifications-screen.tsx'), 'NotificationsScreen'),
});

const membersRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: 'members',
  component: lazyRouteComponent(() => import('./screens/members/members-screen.tsx'), 'MembersScreen'),
});

const widgetRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: 'widget',
  component: lazyRouteComponent(() => import('./screens/widget/widget-screen.tsx'), 'WidgetScreen'),
});

const settingsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: 'settings',
  component: lazyRouteComponent(() => import('./screens/projects/settings-screen.tsx'), 'SettingsScreen'),
});

const projectKeysRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: 'api-keys',
  component: lazyRouteComponent(() => import('./screens/api-keys/project-keys-screen.tsx'), 'ProjectKeysScreen'),
});

const connectedAppsRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: 'connected-apps',
  component: lazyRouteComponent(() => import('./screens/connected-apps/connected-apps-screen.tsx'), 'ConnectedAppsScreen'),
});

const webhooksRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: 'webhooks',
  component: lazyRouteComponent(() => import('./screens/webhooks/webhooks-screen.tsx'), 'WebhooksScreen'),
});

const usageRoute = createRoute({
  getParentRoute: () => projectRoute,
  path: 'usage',
  component: lazyRouteComponent(() => import('./screens/usage/usage-screen.tsx'), 'UsageScreen'),
});

const organizationRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/organizations/$slug',
  component: lazyRouteComponent(() => import('./screens/organizations/organization-layout.tsx'), 'OrganizationLayout'),
});

const organizationHomeRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: '/',
  beforeLoad: ({ params }) => {
    redirect({ to: '/organizations/$slug/api-keys', params, replace: true, throw: true });
  },
});

const organizationKeysRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'api-keys',
  component: lazyRouteComponent(() => import('./screens/api-keys/organization-keys-screen.tsx'), 'OrganizationKeysScreen'),
});

const serviceAccountsRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'service-accounts',
  component: lazyRouteComponent(() => import('./screens/service-accounts/service-accounts-screen.tsx'), 'ServiceAccountsScreen'),
});

const auditRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'audit-log',
  validateSearch: readAuditFilters,
  component: lazyRouteComponent(() => import('./screens/audit/audit-screen.tsx'), 'AuditScreen'),
});

/** What a service has been scanned for, and the scans. */
const servicesRoute = createRoute({ getParentRoute: () => organizationRoute, path: 'services' });

const serviceListRoute = createRoute({
  getParentRoute: () => servicesRoute,
  path: '/',
  validateSearch: readServiceFilters,
  component: lazyRouteComponent(() => import('./screens/catalogue/services-screen.tsx'), 'ServicesScreen'),
});

const serviceRoute = createRoute({
  getParentRoute: () => servicesRoute,
  path: '$serviceId',
  component: lazyRouteComponent(() => import('./screens/catalogue/service-layout.tsx'), 'ServiceLayout'),
});

const serviceOverviewRoute = createRoute({
  getParentRoute: () => serviceRoute,
  path: '/',
  component: lazyRouteComponent(() => import('./screens/catalogue/service-overview.tsx'), 'ServiceOverview'),
});

const serviceEndpointsRoute = createRoute({
  getParentRoute: () => serviceRoute,
  path: 'endpoints',
  validateSearch: readEndpointFilters,
  component: lazyRouteComponent(() => import('./screens/catalogue/service-endpoints.tsx'), 'ServiceEndpoints'),
});

const serviceFindingsRoute = createRoute({
  getParentRoute: () => serviceRoute,
  path: 'findings',
  validateSearch: readFindingFilters,
  component: lazyRouteComponent(() => import('./screens/catalogue/service-findings.tsx'), 'ServiceFindings'),
});

const scanHistoryRoute = createRoute({
  getParentRoute: () => serviceRoute,
  path: 'scan-runs',
  component: lazyRouteComponent(() => import('./screens/catalogue/scan-history.tsx'), 'ScanHistory'),
});

const findingsRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'findings',
  validateSearch: readFindingFilters,
  component: lazyRouteComponent(() => import('./screens/catalogue/findings-screen.tsx'), 'FindingsScreen'),
});

const scanRunRoute = createRoute({
  getParentRoute: () => organizationRoute,
  path: 'scan-runs/$scanRunId',
  validateSearch: readRunFilters,
  component: lazyRouteComponent(() => import('./screens/catalogue/scan-run-screen.tsx'), 'ScanRunScreen'),
});

/** The result URL that a scan is answered with. */
const resultRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/scan-runs/$scanRunId',
  component: lazyRouteComponent(() => import('./screens/catalogue/result-link.tsx'), 'ResultLink'),
});

const routeTree = rootRoute.addChildren([
  signInRoute,
  invitationRoute,
  deviceRoute,
  consentRoute,
  appRoute.addChildren([
    homeRoute,
    projectRoute.addChildren([
      projectHomeRoute,
      backlogRoute.addChildren([featuresRoute, featureRoute]),
      inboxRoute.addChildren([nothingOpenRoute, conversationRoute]),
      requestersRoute.addChildren([requesterListRoute, requesterRoute]),
      notificationsRoute,
      widgetRoute,
      membersRoute,
      settingsRoute,
      projectKeysRoute,
      connectedAppsRoute,
      webhooksRoute,
      usageRoute,
    ]),
    organizationRoute.addChildren([
      organizationHomeRoute,
      organizationKeysRoute,
      serviceAccountsRoute,
      auditRoute,
      servicesRoute.addChildren([
        serviceListRoute,
        serviceRoute.addChildren([serviceOverviewRoute, serviceEndpointsRoute, serviceFindingsRoute, scanHistoryRoute]),
      ]),
      findingsRoute,
      scanRunRoute,
    ]),
    resultRoute,
  ]),
]);

export function createAppRouter(context: RouterContext) {
  return createRouter({
    routeTree,
    context,
    parseSearch,
    stringifySearch,
    defaultPreload: 'intent',
    // The query cache decides what is fresh.
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultPendingComponent: PageSkeleton,
    defaultPendingMs: 200,
    defaultNotFoundComponent: () => <NotFoundScreen />,
    defaultErrorComponent: BrokenScreen,
  });
}

declare module '@tanstack/react-router' {
  // biome-ignore lint/style/useConsistentTypeDefinitions: declaration merging works on interfaces only.
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
