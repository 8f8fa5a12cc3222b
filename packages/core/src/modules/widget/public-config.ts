import { hash } from 'node:crypto';
import type { Tenant } from '@reqbase/auth';
import type { Services } from '../../services.ts';
import { effectiveConfig, STORED_WIDGET, type StoredRow, toStoredWidget } from './stored-config.ts';
import type { VisitorConfig } from './visitor-schema.ts';

/** What the public endpoints know of a project before anybody has said who they are. */
export type PublicWidget = {
  readonly tenant: Tenant<'project'>;
  readonly isEnabled: boolean;
  /** None: any page may load the widget. */
  readonly allowedOrigins: readonly string[];
  /** For browsers: as it applies on the plan, and nothing that is the team's own. */
  readonly config: VisitorConfig;
  /** Of `config`, for its ETag: another whenever it says something else, be it by a change, a lost plan or a new default. */
  readonly version: string;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The widget of a project by its id or slug, in one prepared statement; null for a project that there is not. */
export async function publicWidgetConfig({ access }: Pick<Services, 'access'>, projectRef: string): Promise<PublicWidget | null> {
  if (!/^[\w-]{1,100}$/.test(projectRef)) return null;
  const isId = UUID.test(projectRef);
  const [row] = await access.db.sql.query<StoredRow>(STORED_WIDGET, [
    isId ? projectRef : null,
    isId ? null : projectRef,
    access.source.defaultPlan,
  ]);
  if (row === undefined) return null;
  const { project, organization, config: stored } = toStoredWidget(row);
  const { enabled, allowedOrigins, version: _version, updatedAt: _updatedAt, ...shown } = stored;
  const { orgId, ...named } = project;
  const config = { project: named, ...effectiveConfig(shown, organization.plan) };
  return {
    tenant: { project: { id: project.id, orgId, slug: project.slug }, organization },
    isEnabled: enabled,
    allowedOrigins,
    config,
    version: hash('sha256', JSON.stringify(config), 'base64url').slice(0, 22),
  };
}
