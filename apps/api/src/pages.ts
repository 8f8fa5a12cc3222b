import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import helmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import { DomainError } from '@reqbase/auth';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const ADMIN_DIST = fileURLToPath(new URL('../../admin/dist/', import.meta.url));
const OPENAPI_DIR = fileURLToPath(new URL('../openapi/', import.meta.url));
// Its files, not its module: that would load the whole reference into this process.
const SWAGGER_UI = fileURLToPath(new URL('.', import.meta.resolve('swagger-ui-dist/swagger-ui.css')));
const DOCS_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Reqbase API reference</title>
    <link rel="stylesheet" href="/docs/assets/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/assets/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;
const DOCS_START = `window.ui = SwaggerUIBundle({ url: '/openapi/project.json', dom_id: '#swagger-ui', deepLinking: true, tryItOutEnabled: true, persistAuthorization: false });\n`;

type Refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/**
 * What browsers look at, all from our own origin: the admin at `/` (if it has been built; says whether), the API
 * reference at `/docs`, the documents. Also answers for whatever nothing else answers for.
 */
export function mountPages(app: FastifyInstance, publicUrl: string, refuse: Refuse): boolean {
  const hasAdmin = existsSync(join(ADMIN_DIST, 'index.html'));
  app.register(async (scope) => {
    await scope.register(helmet, {
      contentSecurityPolicy: {
        useDefaults: true,
        // The component library sets styles at run time. No upgrade: an installation may be plain HTTP in its own network.
        directives: {
          'style-src': ["'self'", "'unsafe-inline'"],
          'img-src': ["'self'", 'data:'],
          'font-src': ["'self'", 'data:'],
          // No page of ours decides anything inside another's.
          'frame-ancestors': ["'none'"],
          'upgrade-insecure-requests': null,
        },
      },
      xFrameOptions: { action: 'deny' },
      strictTransportSecurity: publicUrl.startsWith('https:'),
    });
    mountDocs(scope);
    if (hasAdmin) mountAdmin(scope);
    // The admin's routes are its own: any page that a browser asks for is its `index.html`.
    scope.setNotFoundHandler((request, reply) => {
      const isPage = request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
      if (isPage && hasAdmin) return reply.header('cache-control', 'no-cache').sendFile('index.html');
      return refuse(new DomainError('RESOURCE_NOT_FOUND'), request, reply);
    });
  });
  return hasAdmin;
}

function mountDocs(app: FastifyInstance): void {
  app.get<{ Params: { surface: string } }>('/openapi/:surface.json', async ({ params }, reply) => {
    const file = join(OPENAPI_DIR, `${params.surface}.json`);
    if (!/^[a-z]+$/.test(params.surface) || !existsSync(file)) throw new DomainError('RESOURCE_NOT_FOUND');
    return reply.type('application/json').send(readFileSync(file, 'utf8'));
  });
  app.get('/docs', async (_request, reply) => reply.type('text/html').send(DOCS_PAGE));
  app.get('/docs/start.js', async (_request, reply) => reply.type('text/javascript').send(DOCS_START));
  app.register(fastifyStatic, {
    root: SWAGGER_UI,
    prefix: '/docs/assets/',
    index: false,
    decorateReply: false,
    maxAge: '1d',
  });
}

function mountAdmin(app: FastifyInstance): void {
  app.register(fastifyStatic, {
    root: ADMIN_DIST,
    wildcard: false,
    index: ['index.html'],
    // Vite names assets by their content; the page that names them must always be asked for anew.
    setHeaders(response, path) {
      void response.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
