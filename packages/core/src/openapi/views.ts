import * as z from 'zod';
import { type BoundProcedure, boundProcedures } from '../procedures.ts';
import { type RestBinding, router } from '../trpc.ts';
import type { DocumentedSurface } from './surfaces.ts';

type Call = (options: unknown) => Promise<unknown>;

/**
 * The surface's procedures as trpc-to-openapi wants them: its meta, and the output in the surface's envelope. A view
 * calls the procedure that it shows, gates and validation included, so the router can be served by the library's own
 * handlers too.
 */
export function viewRouter(surface: DocumentedSurface) {
  const slices: Record<string, Record<string, unknown>> = {};
  for (const bound of boundProcedures(surface.surface)) {
    const [slice = '', name = ''] = bound.path.split('.');
    slices[slice] = { ...slices[slice], [name]: view(bound, surface) };
  }
  const routers = Object.entries(slices).map(([slice, procedures]) => [slice, router(procedures as never)]);
  return router(Object.fromEntries(routers) as never);
}

function view(operation: BoundProcedure, surface: DocumentedSurface): unknown {
  const { path, meta, input, binding, procedure } = operation;
  const original = procedure as Call & { _def: object };
  const isEmpty = binding.status === 204;
  const spelled = surface.view({ ...operation, input: withoutConditions(input) });
  const { decode } = surface.view(operation);
  const call: Call = async (options) => {
    const answer = await original(decoding(options as Options, decode));
    return isEmpty ? answer : spelled.encode(answer);
  };
  const headers = requestHeaders(binding);
  const _def = {
    ...original._def,
    inputs: [spelled.input],
    output: isEmpty ? z.void() : spelled.output,
    meta: {
      openapi: {
        method: binding.method,
        path: surface.prefix + binding.path,
        operationId: operationId(path),
        summary: meta.summary,
        ...(meta.description !== undefined && { description: meta.description }),
        tags: [path.split('.', 1)[0]],
        ...(headers !== null && { requestHeaders: headers }),
      },
    },
  };
  return Object.assign(call, { _def, procedure: true, meta: _def.meta });
}

type Options = { readonly getRawInput: () => Promise<unknown> };

function decoding(options: Options, decode: (input: Record<string, unknown>) => unknown): Options {
  return {
    ...options,
    getRawInput: async () => {
      const input = await options.getRawInput();
      return typeof input === 'object' && input !== null ? decode(input as Record<string, unknown>) : input;
    },
  };
}

/** A condition comes as a header, not in the body. */
function withoutConditions(input: z.ZodObject): z.ZodObject {
  if ('ifVersion' in input.shape) return input.omit({ ifVersion: true });
  return 'ifMatch' in input.shape ? input.omit({ ifMatch: true }) : input;
}

/** `backlog.list` as clients generated from the document call it: `backlogList`. */
function operationId(path: string): string {
  return path.replace(/\.(\w)/g, (_, first: string) => first.toUpperCase());
}

function requestHeaders({ method, etag, isSecret }: RestBinding): z.ZodObject | null {
  const header = (description: string) => z.string().optional().meta({ description });
  if (method === 'POST') {
    if (isSecret === true) return null;
    return z.object({
      'Idempotency-Key': header(
        '1 to 128 visible ASCII characters, kept for 24 hours: a retry with the same body gets the first answer and costs no quota',
      ),
    });
  }
  if (etag === undefined) return null;
  return method === 'GET'
    ? z.object({ 'If-None-Match': header('An ETag: 304 if nothing has changed since') })
    : z.object({ 'If-Match': header('An ETag: 412 if something has changed since') });
}
