import * as z from 'zod';
import type { Job } from '../../queue.ts';
import type { Services } from '../../services.ts';
import { transact } from '../../transact.ts';
import { emitOfKey, isFirstTime } from '../webhooks/emit.ts';
import { mailOwners } from './key-mail.ts';
import { KEY_FIELDS, toApiKey } from './service.ts';

const Nothing = z.object({});
/** How long before its end the owner of a key is told. */
const AHEAD_MS = 7 * 86_400_000;
const BATCH = 100;

/**
 * Tells the owners of keys that these will end within a week, once for each key. Not of one that was made for no longer than
 * that, nor of one that has been rotated: there is another in its place.
 */
export const tellExpiringKeys: Job<z.infer<typeof Nothing>> = {
  name: 'api-keys.tell-expiring',
  data: Nothing,
  cron: '17 * * * *',
  async run(services) {
    while ((await tellBatch(services)) > 0);
  },
};

/** Marks and mails in one transaction, so that a run that is repeated mails nobody twice; says how many it has marked. */
function tellBatch(services: Services): Promise<number> {
  const now = services.clock();
  return transact(services.access.db, async (tx) => {
    const due = await tx.$queryRaw<ExpiringKey[]>`
      update api_key set expiry_told_at = ${now}::timestamptz where id in (
        select k.id from api_key k left join project p on p.id = k.project_id
        where k.expires_at > ${now}::timestamptz and k.expires_at <= ${new Date(now.getTime() + AHEAD_MS)}::timestamptz
          and k.expiry_told_at is null and k.revoked_at is null and p.deleted_at is null
          and k.expires_at - k.created_at > ${AHEAD_MS} * interval '1 millisecond'
          and not exists (select from api_key next where next.replaces_id = k.id)
        order by k.expires_at limit ${BATCH} for no key update of k skip locked
      ) returning id, name, prefix, org_id as "orgId", project_id as "projectId", owner_user_id as "ownerUserId", expires_at as "expiresAt"`;
    for (const { expiresAt, ...key } of due) await mailOwners(tx, services, key, expiring(expiresAt));
    return due.length;
  });
}

type ExpiringKey = Parameters<typeof mailOwners>[2] & { readonly expiresAt: Date };

function expiring(expiresAt: Date): Parameters<typeof mailOwners>[3] {
  const at = `${expiresAt.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  return {
    about: 'expiring',
    subject: (key) => `API key ${key} ends on ${at.slice(0, 10)}`,
    paragraphs: ({ named, page }) => [
      `The API key ${named} ends on ${at}. From then on whatever uses it is refused.`,
      `Rotate it before: the new key takes its place, and both work for as long as you say.\n${page}`,
    ],
  };
}

const RevokedKeys = z.object({ ids: z.array(z.string()) });

/** Tells webhooks of keys that were revoked with the one that they had been made with. */
export const tellRevokedKeys: Job<z.infer<typeof RevokedKeys>> = {
  name: 'api-keys.tell-revoked',
  data: RevokedKeys,
  async run(services, { ids }) {
    const { access, clock } = services;
    const rows = await access.db.prisma.apiKey.findMany({
      where: { id: { in: ids } },
      select: { ...KEY_FIELDS, organization: { select: { id: true, slug: true, plan: true } } },
      orderBy: { id: 'asc' },
    });
    for (const row of rows)
      await transact(access.db, async (tx) => {
        if (!(await isFirstTime(tx, services, `api_key.revoked ${row.id}`))) return;
        const organization = { ...row.organization, plan: row.organization.plan ?? access.source.defaultPlan };
        const data = toApiKey({ clock, tenant: { organization } }, row);
        await emitOfKey(tx, services, row, { event: 'api_key.revoked', read: async () => ({ data }) });
      });
  },
};
