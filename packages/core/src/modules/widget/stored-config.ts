import { type PlanName, planIncludes } from '@reqbase/auth';
import type { WidgetConfig } from './schema.ts';

/** From which plan on the widget shows comments, hides our name and wears the project's own style sheet. */
export const WIDGET_EXTRAS_PLAN: PlanName = 'pro';

/** A project with its configuration, as one statement reads it. */
export type StoredWidget = {
  readonly project: { readonly id: string; readonly orgId: string; readonly slug: string; readonly name: string };
  readonly organization: { readonly id: string; readonly slug: string; readonly plan: PlanName };
  readonly config: Omit<WidgetConfig, 'projectId'>;
};

/** What a project has that never changed its configuration: the columns' own defaults. */
export const WIDGET_DEFAULTS = {
  enabled: true,
  position: 'bottom-right',
  color: '#4F46E5',
  theme: 'auto',
  locale: 'en',
  welcomeMessage: 'How can we help?',
  showBranding: true,
  launcherLabel: 'Feedback',
  launcherIcon: 'chat',
  categoriesEnabled: ['FEATURE', 'ERROR', 'FEEDBACK', 'OTHER'],
  chatEnabled: true,
  commentsEnabled: false,
  announcementsEnabled: true,
  screenshotEnabled: true,
  diagnosticsEnabled: true,
  collectEmail: 'optional',
  identityRequired: false,
  operatingHours: null,
  customCss: null,
} as const satisfies Omit<WidgetConfig, 'projectId' | 'allowedOrigins' | 'version' | 'updatedAt' | 'categoriesEnabled'> & {
  categoriesEnabled: readonly WidgetConfig['categoriesEnabled'][number][];
};

export type StoredRow = Omit<WidgetConfig, 'projectId' | 'version' | 'updatedAt'> & {
  readonly projectId: string;
  readonly projectSlug: string;
  readonly projectName: string;
  readonly projectCreatedAt: Date;
  readonly orgId: string;
  readonly orgSlug: string;
  readonly plan: PlanName;
  /** Null where there is no row: all the columns after it then are too. */
  readonly version: number | null;
  readonly updatedAt: Date;
};

/** Reads a project that is not deleted, its plan and its configuration: $1 its id or null, $2 its slug or null, $3 the default plan. */
export const STORED_WIDGET = `
  select p.id as "projectId", p.slug as "projectSlug", p.name as "projectName", p.created_at as "projectCreatedAt",
    p.allowed_origins as "allowedOrigins", o.id as "orgId", o.slug as "orgSlug", coalesce(o.plan::text, $3) as plan,
    w.version, w.updated_at as "updatedAt", w.enabled, w.position::text, w.color, w.theme::text, w.locale,
    w.welcome_message as "welcomeMessage", w.show_branding as "showBranding", w.launcher_label as "launcherLabel",
    w.launcher_icon::text as "launcherIcon", w.categories_enabled::text[] as "categoriesEnabled", w.chat_enabled as "chatEnabled",
    w.comments_enabled as "commentsEnabled", w.announcements_enabled as "announcementsEnabled",
    w.screenshot_enabled as "screenshotEnabled", w.diagnostics_enabled as "diagnosticsEnabled",
    w.collect_email::text as "collectEmail", w.identity_required as "identityRequired", w.operating_hours as "operatingHours",
    w.custom_css as "customCss"
  from project p
  join organization o on o.id = p.org_id
  left join widget_config w on w.project_id = p.id
  where p.deleted_at is null and (p.id = $1::uuid or p.slug = $2)`;

export function toStoredWidget(row: StoredRow): StoredWidget {
  const {
    projectId,
    projectSlug,
    projectName,
    projectCreatedAt,
    orgId,
    orgSlug,
    plan,
    allowedOrigins,
    version,
    updatedAt,
    ...own
  } = row;
  const isOwn = version !== null;
  return {
    project: { id: projectId, orgId, slug: projectSlug, name: projectName },
    organization: { id: orgId, slug: orgSlug, plan },
    config: {
      ...(isOwn ? own : { ...WIDGET_DEFAULTS, categoriesEnabled: [...WIDGET_DEFAULTS.categoriesEnabled] }),
      allowedOrigins,
      version: version ?? 0,
      updatedAt: (isOwn ? updatedAt : projectCreatedAt).toISOString(),
    },
  };
}

/** The configuration as it applies on a plan. What is stored stays as it is, for the day that the plan comes back. */
export function effectiveConfig<Config extends Pick<WidgetConfig, 'showBranding' | 'commentsEnabled' | 'customCss'>>(
  config: Config,
  plan: PlanName,
): Config {
  return planIncludes(plan, WIDGET_EXTRAS_PLAN)
    ? config
    : { ...config, showBranding: true, commentsEnabled: false, customCss: null };
}
