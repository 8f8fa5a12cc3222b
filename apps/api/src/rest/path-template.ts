import type { RestBinding } from '@reqbase/core';

// Paths as the bindings write them: `/features/{id}`.

/** The template with its braces filled in, each value encoded. */
export function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(textOf(values[name])));
}

/** The input with what the path calls otherwise under the path's names. */
export function namedInPath({ pathNames = {} }: RestBinding, input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return { ...input, ...Object.fromEntries(Object.entries(pathNames).map(([name, ours]) => [name, input[ours]])) };
}

/** `{name}` as Fastify writes it. */
export function toRoute(template: string): string {
  return template.replace(/\{(\w+)\}/g, ':$1');
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
