import { apiKeys, organizationKeys } from './modules/api-keys/router.ts';
import { audit } from './modules/audit/router.ts';
import { backlog } from './modules/backlog/router.ts';
import { findings } from './modules/catalogue/findings-router.ts';
import { scans, services } from './modules/catalogue/router.ts';
import { connectedApps } from './modules/connected-apps/router.ts';
import { conversations } from './modules/conversations/router.ts';
import { device } from './modules/device/router.ts';
import { invitations, members } from './modules/members/router.ts';
import { announcements, live, notifications } from './modules/notifications/router.ts';
import { organizations } from './modules/organizations/router.ts';
import { organizationProjects, projects } from './modules/projects/router.ts';
import { requesters } from './modules/requesters/router.ts';
import { serviceAccounts } from './modules/service-accounts/router.ts';
import { usage } from './modules/usage/router.ts';
import { webhooks } from './modules/webhooks/router.ts';
import { widget } from './modules/widget/router.ts';
import { createCallerFactory, router } from './trpc.ts';

/** Every operation, once: RPC serves it as it is, the other surfaces by the bindings in its meta. */
export const appRouter = router({
  organizations,
  projects,
  organizationProjects,
  members,
  invitations,
  apiKeys,
  organizationKeys,
  serviceAccounts,
  device,
  connectedApps,
  audit,
  usage,
  backlog,
  notifications,
  announcements,
  live,
  conversations,
  requesters,
  widget,
  webhooks,
  services,
  scans,
  findings,
});
export type AppRouter = typeof appRouter;

/** Calls procedures in this process, through the same gates: `createCaller(contextFor(services, call)).backlog.list(…)`. */
export const createCaller = createCallerFactory(appRouter);
