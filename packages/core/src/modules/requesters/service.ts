import type { Transaction } from '@reqbase/db';
import type { Act } from '../../act.ts';
import type { RequesterInput } from '../backlog/schema.ts';

/** What finding a requester needs of whoever asks: a call of the API, a visitor, a job. */
export type Finder = Pick<Act, 'tenant' | 'clock' | 'newId'>;

/**
 * The id of the requester that an API caller names: found by externalId, else by e-mail, else made; once, by however many
 * calls. Locks the requester, so in a transaction that also locks features it comes first.
 */
export async function requesterFor(
  tx: Transaction,
  finder: Finder,
  { externalId, email, name }: RequesterInput,
): Promise<string> {
  const address = email?.toLowerCase() ?? null;
  if (externalId !== undefined) return byExternalId(tx, finder, externalId, address, name ?? null);
  if (address === null) throw new Error('a requester without externalId and e-mail');
  return byEmail(tx, finder, address, name ?? null);
}

/**
 * Makes whoever looks for the same person wait, until the transaction ends: by externalId first, then by e-mail address.
 * Addresses are not unique (two people may share one), and an insert that waits for a twin's would fail.
 */
export async function lockIdentity(
  tx: Transaction,
  projectId: string,
  { externalId, email }: { readonly externalId: string | null; readonly email: string | null },
): Promise<void> {
  if (externalId !== null) await lockName(tx, `${projectId} requester by id ${externalId}`);
  if (email !== null) await lockName(tx, `${projectId} requester by e-mail ${email}`);
}

/** Makes whoever locks the same name wait, until the transaction ends. */
export async function lockName(tx: Transaction, name: string): Promise<void> {
  await tx.$executeRaw`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`;
}

/** One statement: Prisma's upsert reads first, and fails for the second of two calls at once. A verified address stays. */
async function byExternalId(
  tx: Transaction,
  { tenant, clock, newId }: Finder,
  externalId: string,
  email: string | null,
  name: string | null,
): Promise<string> {
  const projectId = tenant.project.id;
  await lockIdentity(tx, projectId, { externalId, email: null });
  const now = clock();
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    insert into requester as r (id, project_id, kind, external_id, email, name, identity_method, identified_at,
      first_seen_at, last_seen_at, created_at, updated_at)
    values (${newId()}::uuid, ${projectId}::uuid, 'identified', ${externalId}, ${email}, ${name}, 'api', ${now}, ${now}, ${now}, ${now}, ${now})
    on conflict (project_id, external_id) do update
      set email = case when r.email_verified then r.email else coalesce(excluded.email, r.email) end,
        email_typed = r.email_typed and excluded.email is null,
        name = coalesce(excluded.name, r.name),
        last_seen_at = greatest(r.last_seen_at, excluded.last_seen_at),
        updated_at = case
          when (r.email_verified or excluded.email is null or excluded.email is not distinct from r.email)
            and (excluded.name is null or excluded.name is not distinct from r.name)
          then r.updated_at else excluded.updated_at end
    returning id`;
  if (row === undefined) throw new Error('a requester neither found nor made');
  return row.id;
}

async function byEmail(tx: Transaction, { tenant, clock, newId }: Finder, email: string, name: string | null): Promise<string> {
  const projectId = tenant.project.id;
  const now = clock();
  await lockIdentity(tx, projectId, { externalId: null, email });
  for (;;) {
    const known = await tx.requester.findFirst({
      // By no address that a visitor typed: it is perhaps another's.
      where: { projectId, email, kind: 'identified', emailTyped: false },
      orderBy: [{ emailVerified: 'desc' }, { id: 'asc' }],
      select: { id: true, name: true },
    });
    if (known === null) {
      const seen = { firstSeenAt: now, lastSeenAt: now, identifiedAt: now, createdAt: now, updatedAt: now };
      const made = { id: newId(), projectId, kind: 'identified' as const, identityMethod: 'api' as const, email, name, ...seen };
      return (await tx.requester.create({ data: made, select: { id: true } })).id;
    }
    const isRenamed = name !== null && name !== known.name;
    const held = await tx.$executeRaw`
    update requester set last_seen_at = greatest(last_seen_at, ${now}), name = coalesce(${name}, name),
      updated_at = case when ${isRenamed} then ${now} else updated_at end
    where id = ${known.id}::uuid and project_id = ${projectId}::uuid`;
    // Erased while this waited: somebody else has the address, or nobody.
    if (held > 0) return known.id;
  }
}
