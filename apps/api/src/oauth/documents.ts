import { OAUTH_SCOPES, OAUTH_WORKING_SCOPES } from '@reqbase/auth';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ClientDocuments } from './client-documents.ts';
import { DEVICE_PATH } from './device.ts';
import { PATHS } from './provider.ts';
import { isProjectName } from './resource.ts';

const CACHED = 'public, max-age=3600';

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

/** What a project says of itself as a resource (RFC 9728 §2), by the URL that the client uses. Of one that there is not, the same. */
function resourceMetadata(publicUrl: string, path: string): string {
  return JSON.stringify({
    resource: publicUrl + path,
    authorization_servers: [publicUrl],
    scopes_supported: OAUTH_WORKING_SCOPES,
    bearer_methods_supported: ['header'],
    resource_name: 'Reqbase project',
    resource_documentation: `${publicUrl}/docs`,
  });
}

/** The documents by which a client finds its way. Open to every origin, and to be kept for an hour. */
export function mountDocuments(app: FastifyInstance, publicUrl: string, clientDocuments: ClientDocuments): void {
  const server = JSON.stringify(serverMetadata(publicUrl, clientDocuments));
  app.register(async (scope) => {
    scope.addHook('onRequest', async (_request, reply) => {
      reply.header('Access-Control-Allow-Origin', '*');
    });
    const document = (url: string, write: (project: string) => string) => {
      scope.get<{ Params: { projectId?: string } }>(url, async ({ params: { projectId } }, reply) => {
        if (projectId !== undefined && !isProjectName(projectId)) return missing(reply);
        return reply
          .type('application/json')
          .header('Cache-Control', CACHED)
          .send(write(projectId ?? ''));
      });
      scope.options(url, async (_request, reply) =>
        reply.code(204).header('Access-Control-Allow-Methods', 'GET').header('Access-Control-Allow-Headers', '*').send(),
      );
    };
    document('/.well-known/oauth-authorization-server', () => server);
    document('/.well-known/oauth-protected-resource/p/:projectId/mcp', (id) => resourceMetadata(publicUrl, `/p/${id}/mcp`));
    document('/.well-known/oauth-protected-resource/p/:projectId/api/v1', (id) => resourceMetadata(publicUrl, `/p/${id}/api/v1`));
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
