import { DomainError, hashOAuthToken } from '@reqbase/auth';
import type { Services } from '@reqbase/core';
import { Prisma, type Transaction } from '@reqbase/db';
import { type Adapter, type AdapterPayload, errors, type InteractionResults, Provider } from 'oidc-provider';
import { publicClient } from './client-metadata.ts';
import { resourcesOf } from './resource.ts';
import { database, heldClient, noteRevocation } from './storage.ts';

// The library's storage over our tables. Of every token its HMAC alone is stored, and is what it is found by.

type Store = Partial<Pick<Adapter, 'find' | 'destroy' | 'consume'>> & {
  readonly upsert?: (id: string, payload: AdapterPayload, expiresIn: number) => Promise<unknown>;
};

/** The storage of each of the library's models that this server has. */
export function adapterFor(services: Services): (model: string) => Adapter {
  const stores: Readonly<Record<string, Store>> = {
    Client: clients(services),
    Grant: grants(services),
    AuthorizationCode: codes(services),
    AccessToken: accessTokens(services),
    RefreshToken: refreshTokens(services),
    Interaction: requests(services),
    // Who is signed in, our own sessions say.
    Session: { upsert: async () => undefined, find: async () => undefined, destroy: async () => undefined },
  };
  return (model) => {
    const missing = (method: string) => async () => {
      throw new Error(`the authorization server stores no ${model} (${method})`);
    };
    const store = stores[model] ?? {};
    return {
      find: store.find ?? missing('find'),
      upsert: async (id, payload, expiresIn = 0) => {
        await (store.upsert ?? missing('upsert'))(id, payload, expiresIn);
      },
      destroy: store.destroy ?? missing('destroy'),
      consume: store.consume ?? missing('consume'),
      // Where a grant ends, the database ends all that was issued by it.
      revokeByGrantId: async () => undefined,
      findByUid: missing('findByUid'),
      findByUserCode: missing('findByUserCode'),
    };
  };
}

function clients(services: Services): Store {
  return {
    // Documents are read anew, and not here: what was stored of one may be old. But where a client is held, nothing is read.
    async find(clientId) {
      const held = heldClient();
      if (held?.clientId === clientId) return held.metadata();
      const row = await database(services).oAuthClient.findFirst({ where: { clientId, kind: 'registered' } });
      if (row === null) return undefined;
      const { name, uri, redirectUris, createdAt } = row;
      return {
        client_id: clientId,
        client_id_issued_at: seconds(createdAt),
        ...publicClient({ client_name: name ?? undefined, client_uri: uri ?? undefined, redirect_uris: redirectUris }),
      };
    },
    async upsert(clientId, { client_name: name, client_uri: uri, redirect_uris: redirectUris }) {
      const said = { name: name ?? null, uri: uri ?? null, redirectUris: [...(redirectUris ?? [])] };
      await database(services).oAuthClient.create({
        data: { id: services.newId(), kind: 'registered', clientId, ...said, createdAt: services.clock() },
      });
    },
  };
}

/** Ends a grant, and with it all that was issued by it. */
async function endGrant(services: Services, id: string): Promise<undefined> {
  noteRevocation();
  await database(services).oAuthGrant.deleteMany({ where: { id } });
}

function grants(services: Services): Store {
  return {
    async find(id) {
      const row = await database(services).oAuthGrant.findUnique({
        where: { id },
        include: { client: { select: { clientId: true } }, project: { select: { id: true, slug: true } } },
      });
      if (row === null) return undefined;
      const scope = row.scopes.join(' ');
      const resources = Object.fromEntries(resourcesOf(services.publicUrl, row.project).map((resource) => [resource, scope]));
      return { jti: id, kind: 'Grant', accountId: row.userId, clientId: row.client.clientId, resources };
    },
    destroy: (id) => endGrant(services, id),
  };
}

const GRANT = { include: { grant: { include: { client: { select: { clientId: true } } } } } } as const;
type Granted = {
  readonly grantId: string;
  readonly scopes: readonly string[];
  readonly grant: {
    readonly userId: string;
    readonly scopes: readonly string[];
    readonly client: { readonly clientId: string };
  };
};

/**
 * What all that is issued by a grant tells of it. Whoever asks about a token is told what of its scopes is still in the grant; a
 * refresh token keeps its own, since the grant may have them again.
 */
function grantPayload({ grantId, scopes, grant }: Granted) {
  const isAskedAbout = Provider.ctx?.oidc.route === 'introspection';
  const told = isAskedAbout ? scopes.filter((scope) => grant.scopes.includes(scope)) : scopes;
  return { grantId, accountId: grant.userId, clientId: grant.client.clientId, scope: told.join(' ') };
}

function codes(services: Services): Store {
  return {
    async upsert(code, payload, expiresIn) {
      const [hash] = hashOAuthToken(services.secrets, code);
      const { redirectUri = '', codeChallenge = '', resource } = payload;
      const data = { hash, ...issued(payload), resource: String(resource), redirectUri, codeChallenge };
      try {
        await database(services).oAuthAuthorizationCode.create({ data: { ...data, ...life(services, expiresIn) } });
      } catch (error) {
        if (!isOfMissingRow(error)) throw error;
        throw new errors.AccessDenied('the app has been disconnected');
      }
    },
    async find(code) {
      const row = await database(services).oAuthAuthorizationCode.findFirst({ where: hashedAs(services, code), ...GRANT });
      if (row === null) return undefined;
      return {
        jti: code,
        kind: 'AuthorizationCode',
        ...grantPayload(row),
        resource: row.resource,
        redirectUri: row.redirectUri,
        codeChallenge: row.codeChallenge,
        codeChallengeMethod: 'S256',
        exp: expiry(services, row.expiresAt),
        ...consumed(row),
      };
    },
    async consume(code) {
      await database(services).oAuthAuthorizationCode.updateMany({
        where: hashedAs(services, code),
        data: { consumedAt: services.clock() },
      });
    },
  };
}

function accessTokens(services: Services): Store {
  return {
    async upsert(token, payload, expiresIn) {
      const [hash] = hashOAuthToken(services.secrets, token);
      await database(services).oAuthAccessToken.create({
        data: {
          hash,
          ...issued(payload),
          resource: String(payload.aud),
          createdAt: services.clock(),
          ...life(services, expiresIn),
        },
      });
    },
    async find(token) {
      const row = await database(services).oAuthAccessToken.findFirst({ where: hashedAs(services, token), ...GRANT });
      if (row === null) return undefined;
      const exp = expiry(services, row.expiresAt);
      const iat = expiry(services, row.createdAt);
      return { jti: token, kind: 'AccessToken', ...grantPayload(row), aud: row.resource, iat, exp };
    },
    async destroy(token) {
      await database(services).oAuthAccessToken.deleteMany({ where: hashedAs(services, token) });
    },
  };
}

function refreshTokens(services: Services): Store {
  return {
    async upsert(token, payload, expiresIn) {
      const [hash] = hashOAuthToken(services.secrets, token);
      const { rotations = 0 } = payload;
      await database(services).oAuthRefreshToken.create({
        data: {
          hash,
          ...issued(payload),
          resource: String(payload.resource),
          rotations,
          createdAt: services.clock(),
          ...life(services, expiresIn),
        },
      });
    },
    async find(token) {
      const row = await database(services).oAuthRefreshToken.findFirst({ where: hashedAs(services, token), ...GRANT });
      if (row === null) return undefined;
      const exp = expiry(services, row.expiresAt);
      const iat = expiry(services, row.createdAt);
      const { resource, rotations } = row;
      return { jti: token, kind: 'RefreshToken', ...grantPayload(row), resource, rotations, iat, exp, ...consumed(row) };
    },
    async consume(token) {
      await database(services).oAuthRefreshToken.updateMany({
        where: hashedAs(services, token),
        data: { consumedAt: services.clock() },
      });
    },
    // The library ends its grant beside, and with that the token.
    destroy: async () => undefined,
  };
}

function requests(services: Services): Store {
  return {
    async upsert(id, payload, expiresIn) {
      const [hash] = hashOAuthToken(services.secrets, id);
      // As JSON has it: without what is undefined.
      const plain = JSON.parse(JSON.stringify(payload)) as Prisma.InputJsonObject;
      await database(services).oAuthRequest.create({ data: { hash, payload: plain, ...life(services, expiresIn) } });
    },
    async find(id) {
      const row = await database(services).oAuthRequest.findFirst({ where: hashedAs(services, id) });
      if (row === null) return undefined;
      return { ...(row.payload as AdapterPayload), exp: expiry(services, row.expiresAt) };
    },
    // The library reads a request and then destroys it: of several that have read it, one goes on.
    async destroy(id) {
      const { count } = await database(services).oAuthRequest.deleteMany({ where: hashedAs(services, id) });
      if (count === 0) throw new errors.SessionNotFound('the request has been answered');
    },
  };
}

/** What a person has decided of a request; with `scope`, what of it they granted. */
export type Decision = { readonly result: InteractionResults; readonly scope?: string };

/** Enters a decision on a request that waits for one. @throws {DomainError} GONE for one that is decided or over */
export async function settleRequest(
  services: Services,
  tx: Transaction,
  uid: string,
  { result, scope }: Decision,
): Promise<void> {
  const where = { ...hashedAs(services, uid), expiresAt: { gt: services.clock() } };
  const row = await tx.oAuthRequest.findFirst({ where, select: { payload: true } });
  const { params, ...rest } = (row?.payload ?? {}) as AdapterPayload;
  const payload = { ...rest, params: { ...params, ...(scope !== undefined && { scope }) }, result } as Prisma.InputJsonObject;
  const { count } = await tx.oAuthRequest.updateMany({
    where: { ...where, payload: { path: ['result'], equals: Prisma.DbNull } },
    data: { payload },
  });
  if (count === 0) throw new DomainError('GONE');
}

/** What a row says of the grant that a token or code is issued by. */
function issued({ grantId, scope }: AdapterPayload): { grantId: string; scopes: string[] } {
  if (grantId === undefined) throw new Error('a token without a grant');
  return { grantId, scopes: (scope ?? '').split(' ').filter((word) => word !== '') };
}

/** Says whether a statement has failed for a row that it refers to, and that has been deleted meanwhile. */
function isOfMissingRow(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2003';
}

function hashedAs({ secrets }: Services, token: string) {
  return { hash: { in: hashOAuthToken(secrets, token) } };
}

function life({ clock }: Services, seconds: number): { expiresAt: Date } {
  return { expiresAt: new Date(clock().getTime() + seconds * 1_000) };
}

/** An instant of our clock as one of the library's, which reads the machine's own. */
function expiry({ clock }: Services, at: Date): number {
  return seconds(new Date(Date.now() + at.getTime() - clock().getTime()));
}

function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1_000);
}

function consumed({ consumedAt }: { readonly consumedAt: Date | null }): { consumed?: number } {
  return consumedAt === null ? {} : { consumed: seconds(consumedAt) };
}
