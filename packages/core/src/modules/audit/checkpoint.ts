import { type Checkpoint, signCheckpoint } from '@reqbase/auth';
import type { Services } from '../../services.ts';

/** Signs where the chain of an organization ends now: what was in it by then can be checked against this for ever. */
export async function checkpoint(
  { access, secrets, clock }: Pick<Services, 'access' | 'secrets' | 'clock'>,
  orgId: string,
): Promise<Checkpoint> {
  const [head] = await access.db.sql.query<{ seq: number; hash: string }>('select seq, hash from audit_head where org_id = $1', [
    orgId,
  ]);
  if (head === undefined) throw new Error('an organization has no audit log');
  return signCheckpoint(secrets.checkpoints[0], { orgId, ...head, at: clock().toISOString() });
}
