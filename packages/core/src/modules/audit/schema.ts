import * as z from 'zod';
import { Cursor, Id, Instant, Limit, OrganizationRef, pageOf, storable, Timestamp } from '../../schema-kit.ts';

export const AuditOutcome = z.enum(['allowed', 'denied']).meta({ id: 'AuditOutcome' });
export type AuditOutcome = z.infer<typeof AuditOutcome>;

export const AuditEntry = z
  .object({
    id: Id,
    seq: z.int().meta({ description: 'From 1, without gaps, in each organization' }),
    at: Timestamp,
    projectId: Id.nullable(),
    actor: z.object({
      type: z.enum(['user', 'api_key', 'oauth_client', 'system']),
      id: Id.nullable().meta({ description: 'Of the person or the service account' }),
      name: z.string().nullable().meta({ description: 'What they are called now; null when they are gone' }),
    }),
    apiKey: z
      .object({ id: Id, name: z.string(), prefix: z.string() })
      .nullable()
      .meta({ description: 'The key that was presented, as it was called then' }),
    oauthClientId: z.string().nullable().meta({ description: 'The OAuth client whose token was presented' }),
    action: z.string().meta({ description: '`<resource>.<verb>`; of a denial, the operation that was refused' }),
    resourceType: z.string().nullable(),
    resourceId: z.string().nullable(),
    outcome: AuditOutcome,
    code: z.string().nullable().meta({ description: 'Of a denial, the code of the refusal' }),
    requestId: z.string(),
    ip: z.string().nullable(),
    userAgent: z.string().nullable(),
    diff: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'What changed, without secrets and without messages' }),
    prevHash: z.string(),
    hash: z.string().meta({ description: 'SHA-256 in hex over the hash before, the number and the content' }),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;
export const AuditPage = pageOf(AuditEntry).meta({ id: 'AuditPage', description: 'Newest first' });

const Word = z.string().min(1).max(100).check(storable);

export const ListAudit = z.object({
  organizationId: OrganizationRef,
  principalId: Id.optional().meta({ description: 'Of the person or the service account who acted' }),
  keyId: Id.optional().meta({ description: 'Of the key that was presented' }),
  action: z.array(Word).max(20).optional().meta({ description: 'Any of these actions' }),
  resourceType: Word.optional(),
  resourceId: Word.optional(),
  outcome: AuditOutcome.optional(),
  projectId: Id.optional().meta({ description: 'Of the project that it is about' }),
  requestId: Word.optional(),
  createdAfter: Instant.optional(),
  createdBefore: Instant.optional(),
  limit: Limit,
  cursor: Cursor,
});
export type ListAudit = z.infer<typeof ListAudit>;

export const AuditCheckpoint = z
  .object({
    orgId: Id,
    seq: z.int().meta({ description: 'Of the last entry; 0 for a log without any' }),
    hash: z.string(),
    at: Timestamp,
    keyId: z.string().meta({ description: 'The `kid` of a key in `/.well-known/reqbase-audit-keys`' }),
    signature: z.string().meta({ description: 'Ed25519 over the other fields as RFC 8785 writes them, base64url' }),
  })
  .meta({ id: 'AuditCheckpoint' });

export const OfOrganization = z.object({ organizationId: OrganizationRef });
