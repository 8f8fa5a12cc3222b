import { hash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { DomainError } from '@reqbase/auth';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isNotModified } from '../rest/etag.ts';

const WIDGET_DIST = fileURLToPath(new URL('../../../widget/dist/', import.meta.url));

type Built = { readonly changedAtMs: number; readonly etag: string; readonly plain: Buffer; readonly zipped: Buffer };

/** The widget's script and its words, for pages of any origin: `/widget.js`, `/widget/words/{language}.json`. */
export function mountWidgetScript(app: FastifyInstance): void {
  const built = new Map<string, Built>();

  /** A file of the last build, read again only when there was another. @throws {DomainError} RESOURCE_NOT_FOUND */
  async function read(name: string): Promise<Built> {
    const file = join(WIDGET_DIST, name);
    const found = await stat(file).catch(() => null);
    if (found === null) throw new DomainError('RESOURCE_NOT_FOUND');
    const known = built.get(name);
    if (known?.changedAtMs === found.mtimeMs) return known;
    const plain = await readFile(file);
    const etag = `"${hash('sha256', plain, 'base64url').slice(0, 22)}"`;
    const fresh = { changedAtMs: found.mtimeMs, etag, plain, zipped: await promisify(gzip)(plain, { level: 9 }) };
    built.set(name, fresh);
    return fresh;
  }
  const send = async (name: string, type: string, request: FastifyRequest, reply: FastifyReply) => {
    const { etag, plain, zipped } = await read(name);
    const isZipped = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(String(request.headers['accept-encoding'] ?? ''));
    reply
      .header('ETag', etag)
      .header('Cache-Control', 'public, max-age=300')
      .header('Vary', 'Accept-Encoding')
      .header('Access-Control-Allow-Origin', '*')
      .header('Cross-Origin-Resource-Policy', 'cross-origin')
      .header('X-Content-Type-Options', 'nosniff');
    if (isNotModified(request.headers['if-none-match'], etag)) return reply.code(304).send();
    if (isZipped) reply.header('Content-Encoding', 'gzip');
    return reply.type(type).send(isZipped ? zipped : plain);
  };

  app.get('/widget.js', (request, reply) => send('widget.js', 'text/javascript; charset=utf-8', request, reply));
  app.get<{ Params: { language: string } }>('/widget/words/:language.json', (request, reply) => {
    const { language } = request.params;
    if (!/^[a-z]{2,3}$/.test(language)) throw new DomainError('RESOURCE_NOT_FOUND');
    return send(`words/${language}.json`, 'application/json; charset=utf-8', request, reply);
  });
}
