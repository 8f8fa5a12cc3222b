import type { Services } from '@reqbase/core';
import { prismaAdapter } from 'better-auth/adapters/prisma';
import { betterAuth } from 'better-auth/minimal';

/** The header that carries the client's address to the session library: set here, from the trusted-proxy walk, never by a client. */
const CLIENT_ADDRESS = 'x-reqbase-client-address';

type Log = { readonly [level in 'warn' | 'error']: (fields: object, message: string) => void };

export type Sessions = ReturnType<typeof createSessions>;

/** Sign-in by e-mail and password, with sessions in a cookie. Its tables are ours; its key and OAuth plugins are not used. */
export function createSessions({ access, secrets, newId }: Services, publicUrl: string, log: Log) {
  const auth = betterAuth({
    appName: 'Reqbase',
    baseURL: publicUrl,
    basePath: '/api/auth',
    secret: secrets.session,
    database: prismaAdapter(access.db.prisma, { provider: 'postgresql' }),
    telemetry: { enabled: false },
    // Its own words only: what else it would log may be an input.
    logger: {
      level: 'warn',
      log: (level, message) => log[level === 'error' ? 'error' : 'warn']({ component: 'sessions' }, message),
    },
    // What is no refusal of its own reaches our error handler: one envelope, one log.
    onAPIError: { throw: true },
    // The proxy of `npm run dev` and a second name of the host are as good as PUBLIC_URL; another site's page is not.
    trustedOrigins: (request) => [publicUrl, ...ownOrigins(request?.headers.get('host') ?? null)],
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: 8, maxPasswordLength: 128 },
    session: { expiresIn: 30 * 86_400, updateAge: 86_400 },
    rateLimit: { enabled: true, window: 60, max: 120, customRules: { '/sign-in/email': { window: 60, max: 20 } } },
    advanced: {
      cookiePrefix: 'reqbase',
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS] },
      database: { generateId: () => newId() },
    },
  });

  return {
    /** Answers the session endpoints under `/api/auth`. */
    async handle(request: Request, clientAddress: string): Promise<Response> {
      const headers = new Headers(request.headers);
      headers.set(CLIENT_ADDRESS, clientAddress);
      return auth.handler(new Request(request, { headers }));
    },
    /** The id of the person whose live session the cookie names, or null. */
    async userOf(cookie: string): Promise<string | null> {
      const session = await auth.api.getSession({ headers: new Headers({ cookie }) });
      return session?.user.id ?? null;
    },
    /** A password as it is stored. */
    async hashPassword(password: string): Promise<string> {
      const { password: hasher } = await auth.$context;
      return hasher.hash(password);
    },
  };
}

/** Says whether `origin` (of a browser's request) is a page of this installation. */
export function isOwnOrigin(origin: string, host: string | undefined, publicUrl: string): boolean {
  return origin === new URL(publicUrl).origin || ownOrigins(host ?? null).includes(origin);
}

function ownOrigins(host: string | null): string[] {
  return host === null ? [] : [`http://${host}`, `https://${host}`];
}
