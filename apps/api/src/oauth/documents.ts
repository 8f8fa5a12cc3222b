import { OAUTH_SCOPES, OAUTH_WORKING_SCOPES } from '@reqbase/auth';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ClientDocuments } from './client-documents.ts';
import { DEVICE_PATH } from './device.ts';
import { PATHS } from './provider.ts';
import { isProjectName } from './resource.ts';

const DOCUMENT = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'public, max-age=3600' } as const;

/** What the server says of itself (RFC 8414 §2). */
function serverMetadata(publicUrl: string, clientDocuments: ClientDocuments): object {
  const none = ['none'];
  return {
    issuer: publicUrl,
    authorization_endpoint: publicUrl + PATHS.authorization,
    token_endpoint: publicUrl + PATHS.token,
    registration_endpoint: publicUrl + PATHS.registration,
    revocation_endpoint: publicUrl + PATHS.revocation,
    introspection_endpoint: publicUrl + PATHS.introspection,
    device_authorization_endpoint: publicUrl + DEVICE_PATH,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: none,
    revocation_endpoint_auth_methods_supported: none,
    introspection_endpoint_auth_methods_supported: none,
    scopes_supported: OAUTH_SCOPES,
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: clientDocuments !== 'none',
    service_documentation: `${publicUrl}/docs`,
  };
}

/**
 * What a project says of itself as a resource (RFC 9728 §2), by the URL that the client uses. Of one that there is not, the same.
 * Written once, but for the project's name, which nothing in it has to be escaped for.
 */
function resourceMetadata(publicUrl: string, way: string): (project: string) => string {
  const start = `{"resource":${JSON.stringify(`${publicUrl}/p/`).slice(0, -1)}`;
  const rest = JSON.stringify({
    authorization_servers: [publicUrl],
    scopes_supported: OAUTH_WORKING_SCOPES,
    bearer_methods_supported: ['header'],
    resource_name: 'Reqbase project',
    resource_documentation: `${publicUrl}/docs`,
  }).slice(1);
  return (project) => `${start}${project}/${way}",${rest}`;
}

/** The documents by which a client finds its way. Open to every origin, and to be kept for an hour. */
export function mountDocuments(app: FastifyInstance, publicUrl: string, clientDocuments: ClientDocuments): void {
  const server = JSON.stringify(serverMetadata(publicUrl, clientDocuments));
  app.register(async (scope) => {
    scope.addHook('onRequest', (_request, reply, done) => {
      reply.header('Access-Control-Allow-Origin', '*');
      done();
    });
    const document = (url: string, write: (project: string) => string) => {
      // No promise is waited for: there is nothing to read.
      scope.get<{ Params: { projectId?: string } }>(url, ({ params: { projectId } }, reply) => {
        if (projectId === undefined || isProjectName(projectId)) reply.headers(DOCUMENT).send(write(projectId ?? ''));
        else missing(reply);
      });
      scope.options(url, async (_request, reply) =>
        reply.code(204).header('Access-Control-Allow-Methods', 'GET').header('Access-Control-Allow-Headers', '*').send(),
      );
    };
    document('/.well-known/oauth-authorization-server', () => server);
    for (const way of ['mcp', 'api/v1'])
      document(`/.well-known/oauth-protected-resource/p/:projectId/${way}`, resourceMetadata(publicUrl, way));
    // Else a browser got the admin's page for them. The issuer has no path, and there is no OpenID Connect.
    for (const url of [
      'oauth-authorization-server/*',
      'openid-configuration',
      'openid-configuration/*',
      'oauth-protected-resource',
      'oauth-protected-resource/*',
    ])
      scope.get(`/.well-known/${url}`, async (_request, reply) => missing(reply));
  });
}

function missing(reply: FastifyReply): FastifyReply {
  return reply.code(404).send({ error: 'not_found' });
}
