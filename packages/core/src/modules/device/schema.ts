import { GRANTABLE_WORDS } from '@reqbase/auth/contract';
import * as z from 'zod';
import { Id, Instant, OrganizationRef, storable, Timestamp } from '../../schema-kit.ts';

const MOST_SCOPES = 100;

const Scope = z
  .string()
  .max(80)
  .refine((word) => GRANTABLE_WORDS.includes(word), 'There is no such scope.')
  .meta({ examples: ['read'] });

/** What a device calls itself is shown to people: one line, without what turns or hides letters. */
const ClientName = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .check(storable)
  .refine((name) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name), 'Must be one line of visible characters.')
  .meta({ examples: ['reqbase on laptop'] });

/** As people type it: in whichever case, with or without the dash. */
const UserCode = z
  .string()
  .min(1)
  .max(40)
  .check(storable)
  .meta({ examples: ['BCDF-2345'] });

/** What a device asks for. */
export type RequestCodes = {
  readonly clientName: string;
  readonly scopes: readonly string[];
  /** Of who asks as an OAuth client: nobody else gets the key then. */
  readonly oauthClientId?: string;
};

/** What is asked for where nothing is said. */
export const DEFAULT_SCOPES: readonly string[] = ['read'];

export const LookUpDevice = z.object({ userCode: UserCode });
export type LookUpDevice = z.infer<typeof LookUpDevice>;

export const AuthorizeDevice = z.object({
  organizationId: OrganizationRef,
  userCode: UserCode,
  scopes: z
    .array(Scope)
    .min(1)
    .max(MOST_SCOPES)
    .optional()
    .meta({ description: 'Of what the device asked for; all of it unless given' }),
  expiresAt: Instant.nullish().meta({ description: 'Of the key: in 90 days unless given, null for never' }),
});
export type AuthorizeDevice = z.infer<typeof AuthorizeDevice>;

export const DeviceRequest = z
  .object({
    userCode: z.string(),
    clientName: z.string().meta({ description: 'What the device calls itself; nobody has checked it' }),
    scopes: z.array(z.string()),
    status: z
      .enum(['pending', 'approved', 'denied', 'lapsed', 'redeemed', 'expired'])
      .meta({ description: '`lapsed`: approved by who might make no keys any more; `redeemed`: the device has its key' }),
    requestedAt: Timestamp,
    expiresAt: Timestamp,
    ip: z.string().nullable().meta({ description: 'Where the device asked from' }),
    isFromYourAddress: z.boolean().meta({ description: 'Whether that is where this call comes from, too' }),
  })
  .meta({ id: 'DeviceRequest' });
export type DeviceRequest = z.infer<typeof DeviceRequest>;

// The same on the wire of `/api/auth/device` (contract RogerIQ; wire-facts, Device flow).

/** Words separated by spaces (RFC 6749 §3.3). */
const ScopeList = z
  .string()
  .max(2_000)
  .transform((text) => text.split(' ').filter((word) => word !== ''))
  .pipe(z.array(Scope).max(MOST_SCOPES));

export const DeviceCodeRequest = z.object({
  client_name: ClientName,
  scope: ScopeList.optional(),
  scopes: z.array(Scope).max(MOST_SCOPES).optional(),
});

export const DeviceCodes = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.string(),
  expires_in: z.number().int(),
  interval: z.number().int(),
});
export type DeviceCodes = z.infer<typeof DeviceCodes>;

export const DeviceTokenRequest = z.object({ device_code: z.string().min(1).max(200).check(storable) });

export const DeviceToken = z.object({
  access_token: z.string().meta({ description: 'The API key. It is given once.' }),
  token_type: z.literal('bearer'),
  /** Null: never. */
  expires_in: z.number().int().nullable(),
  expires_at: Timestamp.nullable(),
  scope: z.string(),
  scopes: z.array(z.string()),
  key_id: Id,
  key_name: z.string(),
  key_prefix: z.string(),
  org_id: Id,
  org_slug: z.string(),
  org_name: z.string(),
});
export type DeviceToken = z.infer<typeof DeviceToken>;

export const DeviceDecision = z.object({ user_code: UserCode });
export const DeviceApproval = DeviceDecision.extend({
  org_id: OrganizationRef.optional(),
  scopes: AuthorizeDevice.shape.scopes,
  expires_at: AuthorizeDevice.shape.expiresAt,
});
