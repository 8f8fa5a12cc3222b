import * as z from 'zod';
import { Cursor, Id, Instant, Limit, MAX_INT, ProjectRef, pageOf, storable, Timestamp } from '../../schema-kit.ts';

export const MAX_TRAITS = 50;

const TraitValue = z.union([
  z.string().max(500).check(storable),
  z.number().min(Number.MIN_SAFE_INTEGER).max(Number.MAX_SAFE_INTEGER),
  z.boolean(),
]);

/** What a trait may be called: any short text but the one name that is no name in JavaScript. */
const isTraitName = (name: string) => name !== '' && name.length <= 60 && name !== '__proto__' && isStorable(name);
const isStorable = (text: string) => !text.includes('\0') && text.isWellFormed();

const knownTraits = {
  plan: z.string().max(100).check(storable).nullish(),
  amount: z.int().min(0).max(MAX_INT).nullish().meta({ description: 'Cents, for each `interval`' }),
  interval: z.enum(['month', 'year']).nullish().meta({ description: 'month unless given' }),
};

/** Traits as they come in. They are put over those that there are, name by name; null takes one away. */
export const TraitsInput = z
  .object(knownTraits)
  .catchall(TraitValue.nullable())
  .refine((traits) => Object.keys(traits).length <= MAX_TRAITS, `Give at most ${MAX_TRAITS} traits.`)
  .refine((traits) => Object.keys(traits).every(isTraitName), 'Name traits by 1 to 60 characters.')
  .meta({ maxProperties: MAX_TRAITS, description: 'Put over the present traits, name by name; null takes one away' });
export type TraitsInput = z.infer<typeof TraitsInput>;

export const Traits = z.record(z.string(), z.unknown()).meta({
  id: 'Traits',
  description: '`plan`, `amount` (cents), `interval` (month, year), and at most 50 in all',
  examples: [{ plan: 'team', amount: 4_900, interval: 'month', seats: 7 }],
});
export type Traits = Record<string, unknown>;

export const RequesterKind = z.enum(['identified', 'anonymous']).meta({ id: 'RequesterKind' });
export const IdentityMethod = z.enum(['jwt', 'hmac', 'none', 'api']).meta({
  id: 'IdentityMethod',
  description: 'By what it is known who they are: an identity token, a signed e-mail address, nothing, or a caller of the API',
});

export const Requester = z
  .object({
    id: Id,
    projectId: Id,
    kind: RequesterKind,
    externalId: z.string().nullable().meta({ description: 'In the system of the project: the `sub` of its identity tokens' }),
    email: z.string().nullable(),
    emailVerified: z.boolean(),
    name: z.string().nullable(),
    phone: z.string().nullable(),
    company: z.string().nullable(),
    jobTitle: z.string().nullable(),
    traits: Traits,
    monthlyRevenue: z.int().meta({ description: 'Cents a month, from the traits' }),
    identityMethod: IdentityMethod,
    identifiedAt: Timestamp.nullable(),
    emailOptOut: z.boolean().meta({ description: 'E-mail notices are not wanted' }),
    firstSeenAt: Timestamp,
    lastSeenAt: Timestamp.meta({ description: 'To the minute' }),
    featureCount: z.int().meta({ description: 'Of what the caller may see' }),
    voteCount: z.int(),
    conversationCount: z.int().nullable().meta({ description: 'Null without `conversations:read`' }),
    createdAt: Timestamp,
    updatedAt: Timestamp.meta({ description: 'Of what is known of them: being seen does not move it' }),
  })
  .meta({
    id: 'Requester',
    examples: [
      {
        id: '01a200a4-972a-74b4-ba6b-0967b5d4058b',
        projectId: '01a200a4-9711-7a00-8b3e-5f0c2d1e9a77',
        kind: 'identified' as const,
        externalId: 'user_812',
        email: 'grace@example.com',
        emailVerified: true,
        name: 'Grace',
        phone: null,
        company: 'Example Ltd',
        jobTitle: null,
        traits: { plan: 'team', amount: 4_900, interval: 'month' },
        monthlyRevenue: 4_900,
        identityMethod: 'jwt' as const,
        identifiedAt: '2026-11-02T08:00:12.004Z',
        emailOptOut: false,
        firstSeenAt: '2026-11-01T21:14:40.320Z',
        lastSeenAt: '2026-11-20T09:12:00.000Z',
        featureCount: 2,
        voteCount: 5,
        conversationCount: 1,
        createdAt: '2026-11-01T21:14:40.320Z',
        updatedAt: '2026-11-18T16:40:03.120Z',
      },
    ],
  });
export type Requester = z.infer<typeof Requester>;

export const RequesterSort = z.enum(['lastSeenAt', 'createdAt', 'revenue', 'updatedAt']);
export type RequesterSort = z.infer<typeof RequesterSort>;

const Email = z.email().max(320);
const ExternalId = z.string().trim().min(1).max(200).check(storable);

export const ListRequesters = z.object({
  projectId: ProjectRef,
  kind: z.enum(['identified', 'anonymous', 'all']).default('identified'),
  q: z
    .string()
    .trim()
    .max(200)
    .check(storable)
    .optional()
    .meta({ description: 'Words in name, e-mail address, company or externalId; the last may be incomplete' }),
  email: Email.optional(),
  externalId: ExternalId.optional(),
  plan: z.string().max(100).check(storable).optional().meta({ description: 'The trait `plan`' }),
  lastSeenAfter: Instant.optional(),
  createdAfter: Instant.optional(),
  createdBefore: Instant.optional(),
  updatedSince: Instant.optional().meta({ description: 'For incremental sync: changed at this instant or later' }),
  sort: RequesterSort.default('lastSeenAt'),
  order: z.enum(['asc', 'desc']).default('desc'),
  limit: Limit,
  cursor: Cursor,
});
export type ListRequesters = z.infer<typeof ListRequesters>;
export const RequesterPage = pageOf(Requester).meta({ id: 'RequesterPage' });

export const RequesterRef = z.object({ projectId: ProjectRef, id: Id });
export type RequesterRef = z.infer<typeof RequesterRef>;

const profileFields = {
  name: z.string().trim().max(200).check(storable).nullish(),
  phone: z.string().trim().max(50).check(storable).nullish(),
  company: z.string().trim().max(200).check(storable).nullish(),
  jobTitle: z.string().trim().max(200).check(storable).nullish(),
  traits: TraitsInput.optional(),
  emailOptOut: z.boolean().optional(),
};

export const UpdateRequester = RequesterRef.extend({
  ...profileFields,
  ifMatch: z.string().max(100).check(storable).optional().meta({
    description: 'The ETag of the requester as they were read: refused with PRECONDITION_FAILED when it is another by now',
  }),
});
export type UpdateRequester = z.infer<typeof UpdateRequester>;

export const UpsertRequester = z.object({
  projectId: ProjectRef,
  externalId: ExternalId.optional(),
  email: Email.optional(),
  ...profileFields,
});
export type UpsertRequester = z.infer<typeof UpsertRequester>;

export const Done = z.void();

/**
 * What a browser without an identity is known by: at least 128 random bits, in the letters of base64url. Whoever has it
 * reads what its requester wrote.
 */
export const AnonymousId = z.string().regex(/^[A-Za-z0-9_-]{22,128}$/);

/** An identity as RogerIQ's `identify` gives it: signed by the project's backend. */
export const SignedEmail = z.object({
  email: Email,
  signature: z
    .string()
    .regex(/^[0-9a-f]{64}$/i)
    .meta({ description: 'Hex HMAC-SHA-256 of the lower-cased e-mail address' }),
  name: z.string().trim().max(200).check(storable).nullish(),
});
export type SignedEmail = z.infer<typeof SignedEmail>;
