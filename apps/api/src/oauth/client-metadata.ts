import * as z from 'zod';
import { isRedirectUri } from './redirect-uri.ts';

// What a client says of itself, on registration or in its document. Of all that it may say, this is what counts here.

const MOST_REDIRECT_URIS = 20;
const PRINTABLE = /^[\x21-\x7e]*$/;

/** One line without what turns or hides letters: it is shown to people. */
const ClientName = z
  .string()
  .transform((name) =>
    name
      .toWellFormed()
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
      .trim()
      .slice(0, 80)
      // Where the cut goes through a pair.
      .replace(/[\ud800-\udbff]$/, ''),
  )
  .transform((name) => (name === '' ? undefined : name));

const Metadata = z.object({
  client_name: ClientName.optional().catch(undefined),
  client_uri: z
    .url({ protocol: /^https$/ })
    .max(500)
    // As it is written, since it is kept so: a URL's reader leaves out what is no part of one.
    .regex(PRINTABLE)
    .optional()
    .catch(undefined),
  redirect_uris: z.array(z.string().max(2_000).refine(isRedirectUri)).min(1).max(MOST_REDIRECT_URIS),
});
type Metadata = z.infer<typeof Metadata>;

/** What a client is to the library: public, whatever it has asked for; any port of a loopback redirect will do. */
export function publicClient(metadata: Metadata) {
  return {
    ...(metadata.client_name !== undefined && { client_name: metadata.client_name }),
    ...(metadata.client_uri !== undefined && { client_uri: metadata.client_uri }),
    redirect_uris: metadata.redirect_uris,
    application_type: 'native' as const,
    token_endpoint_auth_method: 'none' as const,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code' as const],
  };
}

export type MetadataFault = 'invalid_redirect_uri' | 'invalid_client_metadata';

/** Reads what a client says of itself; what is not known is ignored (RFC 7591 §2). A fault by the name that §3.2.2 gives it. */
export function readMetadata(body: unknown): ReturnType<typeof publicClient> | MetadataFault {
  const { success, data, error } = Metadata.safeParse(body);
  if (success) return publicClient(data);
  return error.issues.some(({ path }) => path[0] === 'redirect_uris') ? 'invalid_redirect_uri' : 'invalid_client_metadata';
}
