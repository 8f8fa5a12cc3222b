// Paths as the bindings write them: `/features/{id}`.

/** The template with its braces filled in, each value encoded. */
export function fill(template: string, values: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(textOf(values[name])));
}

/** `{name}` as Fastify writes it. */
export function toRoute(template: string): string {
  return template.replace(/\{(\w+)\}/g, ':$1');
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
