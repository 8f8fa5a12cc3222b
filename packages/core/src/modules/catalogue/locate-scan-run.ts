import { can, DomainError, ROLES } from '@reqbase/auth';
import type { CallerContext } from '../../trpc.ts';
import type { LocateScanRun, ScanRunPlace } from './schema.ts';

const READERS = ROLES.filter((role) => can(role, 'viewCatalog'));

/**
 * The organization of a scan run, for a person who may see the catalogue there.
 *
 * @throws {DomainError} SCAN_RUN_NOT_FOUND for a run of any other organization; FORBIDDEN for a key, which has but one
 */
export async function locateScanRun(ctx: CallerContext, { id }: LocateScanRun): Promise<ScanRunPlace> {
  const { key, user } = ctx.grant.facts;
  if (key !== null || user === null) throw new DomainError('FORBIDDEN');
  const [row] = await ctx.access.db.sql.query<ScanRunPlace>(
    `select o.id as "organizationId", o.slug as "organizationSlug"
     from scan_run r join service s on s.id = r.service_id join organization o on o.id = s.org_id
     join organization_member m on m.org_id = o.id and m.user_id = $2 and m.role::text = any($3::text[])
     where r.id = $1::uuid`,
    [id, user.id, READERS],
  );
  if (row === undefined) throw new DomainError('SCAN_RUN_NOT_FOUND');
  return row;
}
