import { DomainError } from '@reqbase/auth';
import type { Transaction } from '@reqbase/db';
import { KEY_FIELDS, type KeyHome, type KeyRow } from './service.ts';

/** Reads a key that nobody else changes until the transaction ends. @throws {DomainError} API_KEY_NOT_FOUND */
export async function lockKey(tx: Transaction, { orgId, projectId }: KeyHome, id: string): Promise<KeyRow> {
  await tx.$queryRaw`select id from api_key where id = ${id}::uuid and org_id = ${orgId}::uuid for no key update`;
  const row = await tx.apiKey.findFirst({ where: { id, orgId, projectId }, select: KEY_FIELDS });
  if (row === null) throw new DomainError('API_KEY_NOT_FOUND');
  return row;
}
