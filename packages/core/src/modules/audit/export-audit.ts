import { type ChainedEntry, canonicalText } from '@reqbase/auth/audit-chain';
import type { Services } from '../../services.ts';
import { checkpoint } from './checkpoint.ts';

/** Entries that are in memory at a time. */
const PAGE = 500;

const COLUMNS =
  'id, at, org_id, project_id, actor_type, actor_id, api_key_id, api_key_name, api_key_prefix, oauth_client_id, action, resource_type, resource_id, request_id, ip, user_agent, outcome, code, diff, seq, prev_hash, hash';

type Row = Omit<{ readonly [column in keyof ChainedEntry]: ChainedEntry[column] | null }, 'at' | 'seq' | 'hash'> & {
  readonly at: Date;
  readonly seq: number;
  readonly hash: string;
};

/**
 * The whole log as JSON Lines, the first entry first, a page at a time: the next one is read when this one has been taken.
 * At its end stands the checkpoint of when it was begun, so that a file that was cut short does not verify.
 */
export async function* exportAudit(
  services: Pick<Services, 'access' | 'secrets' | 'clock'>,
  orgId: string,
): AsyncGenerator<string, void> {
  const end = await checkpoint(services, orgId);
  for (let last = 0; last < end.seq; ) {
    const rows = await services.access.db.sql.query<Row>(
      `select ${COLUMNS} from audit_entry where org_id = $1 and seq > $2 and seq <= $3 order by seq limit ${PAGE}`,
      [orgId, last, end.seq],
    );
    // The organization was deleted meanwhile: the checkpoint would not be true.
    if (rows.length === 0) throw new Error('the audit log ends before its checkpoint');
    yield rows.map(toLine).join('');
    last = rows.at(-1)?.seq ?? end.seq;
  }
  yield `${canonicalText({ checkpoint: end })}\n`;
}

function toLine(row: Row): string {
  const given = Object.entries({ ...row, at: row.at.toISOString() }).filter(([, value]) => value !== null);
  return `${canonicalText(Object.fromEntries(given))}\n`;
}
