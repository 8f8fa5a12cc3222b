import { ANY_TYPE } from './media-types.ts';
import type { Documents } from './schema-changes.ts';
import { dereferenced, isSwagger, listAt, type Node, nodeAt, type Operation, textAt } from './tree.ts';

/** Headers that OpenAPI 3 says in other words, and ignores as parameters. Source: OpenAPI 3.1 §4.8.12.2. */
const NO_PARAMETERS = ['header accept', 'header authorization', 'header content-type'];

type Parameters = { readonly former: Map<string, Node>; readonly present: Map<string, Node> };

/** The parameters of an operation in both descriptions, but for those that one of the two has no way to say. */
export function parametersOfBoth(documents: Documents, before: Operation, after: Operation): Parameters {
  const [former, present] = [parametersOf(documents.former, before), parametersOf(documents.present, after)];
  if (!isSwagger(documents.former) || !isSwagger(documents.present))
    for (const key of NO_PARAMETERS) {
      former.delete(key);
      present.delete(key);
    }
  return { former, present };
}

/** The parameters of an operation but for those that Swagger 2.0 has for a body, by what they are matched by in another one. */
function parametersOf(document: Node, operation: Operation): Map<string, Node> {
  // Names of path parameters do not tell endpoints apart: they are matched by their place in the path.
  const names = [...operation.path.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name);
  return new Map(
    declaredIn(document, operation).flatMap((parameter): [string, Node][] => {
      const [place, name] = [textAt(parameter, 'in'), textAt(parameter, 'name') ?? ''];
      if (place === 'body' || place === 'formData') return [];
      if (place !== 'path') return [[place === 'header' ? `header ${name.toLowerCase()}` : `${place} ${name}`, parameter]];
      return names.includes(name) ? [[`path ${names.indexOf(name)}`, parameter]] : [];
    }),
  );
}

/** Those of the path item and those of the operation, which override them. */
function declaredIn(document: Node, { item, operation }: Operation): Node[] {
  const all = [...listAt(item, 'parameters'), ...listAt(operation, 'parameters')].map((each) => dereferenced(document, each));
  const named = all.filter((each) => textAt(each, 'in') !== null && textAt(each, 'name') !== null);
  return [...new Map(named.map((each) => [`${textAt(each, 'in')} ${textAt(each, 'name')}`, each])).values()];
}

type Body = { readonly isRequired: boolean; readonly schemas: ReadonlyMap<string, unknown> };

/** What an operation takes for a body, by media type. */
export function bodyOf(document: Node, operation: Operation): Body {
  const declared = declaredIn(document, operation);
  const ofSwagger = declared.find((each) => each['in'] === 'body');
  if (ofSwagger !== undefined)
    return { isRequired: ofSwagger['required'] === true, schemas: new Map([[ANY_TYPE, ofSwagger['schema'] ?? {}]]) };
  const fields = declared.filter((each) => each['in'] === 'formData');
  if (fields.length > 0) {
    const required = fields.filter((field) => field['required'] === true).map((field) => textAt(field, 'name'));
    const properties: Node = Object.fromEntries<Node>(fields.map((field) => [textAt(field, 'name') ?? '', field]));
    return { isRequired: required.length > 0, schemas: new Map([[ANY_TYPE, { type: 'object', properties, required }]]) };
  }
  const body = dereferenced(document, operation.operation['requestBody']);
  return { isRequired: body['required'] === true, schemas: schemasOf(body) };
}

/** By media type; Swagger 2.0 has one for all. */
export function schemasOf(holder: Node): ReadonlyMap<string, unknown> {
  if (holder['schema'] !== undefined) return new Map([[ANY_TYPE, holder['schema']]]);
  return new Map(Object.entries(nodeAt(holder, 'content')).map(([type, media]) => [type, nodeAt(media, 'schema')]));
}
