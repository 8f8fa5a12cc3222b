import { endMails, mailingProject, readUnsubscribe, type Services } from '@reqbase/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const BODY_LIMIT_BYTES = 4_096;

/** A page without script, pictures or a say of other pages, and nobody's to keep: its address ends somebody's e-mails. */
const HEADERS = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Robots-Tag': 'noindex',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
};

type Link = { Params: { projectId: string }; Querystring: { token?: string | string[] } };

/**
 * Where the link at the end of an e-mail leads. GET only asks, since mail scanners follow links; POST ends the e-mails,
 * from the page's button or by the mail program itself (RFC 8058: one click, no cookie, nothing asked back).
 */
export function mountUnsubscribe(app: FastifyInstance, services: Services): void {
  app.register(async (scope) => {
    // A form, whose one field says nothing that the address does not.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES }, (_request, _body, done) => done(null));
    scope.get<Link>('/w/:projectId/unsubscribe', async (request, reply) => {
      const link = await readLink(services, request);
      if (link === null) return refuse(reply);
      return answer(
        reply,
        200,
        `E-mails from ${link.name}`,
        `<p>Do you want no more e-mails from ${escaped(link.name)}?</p><form method="post"><button>Send me no more e-mails</button></form>`,
      );
    });
    scope.post<Link>('/w/:projectId/unsubscribe', async (request, reply) => {
      const link = await readLink(services, request);
      if (link === null) return refuse(reply);
      await endMails(services, link.mailed);
      return answer(reply, 200, 'No more e-mails', `<p>You will get no more e-mails from ${escaped(link.name)}.</p>`);
    });
  });
}

async function readLink(services: Services, { params, query }: FastifyRequest<Link>) {
  const mailed = typeof query.token === 'string' ? readUnsubscribe(services, params.projectId, query.token) : null;
  const name = mailed === null ? null : await mailingProject(services, mailed);
  return mailed === null || name === null ? null : { mailed, name };
}

function refuse(reply: FastifyReply): FastifyReply {
  return answer(reply, 404, 'This link is not valid', '<p>It may have been cut off, or what it was about is gone.</p>');
}

function answer(reply: FastifyReply, status: 200 | 404, title: string, body: string): FastifyReply {
  return reply
    .code(status)
    .headers(HEADERS)
    .send(`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${escaped(title)}</title>
    <style>
      body { max-width: 32rem; margin: 15vh auto; padding: 0 1rem; font: 1.1rem/1.5 system-ui, sans-serif; color-scheme: light dark; }
      button { padding: 0.6rem 1.2rem; font: inherit; cursor: pointer; }
    </style>
  </head>
  <body>
    <h1>${escaped(title)}</h1>
    ${body}
  </body>
</html>
`);
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
