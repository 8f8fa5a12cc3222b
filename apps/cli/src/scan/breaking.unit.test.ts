import { describe, expect, it } from 'vitest';
import { breakingChanges } from './breaking.ts';
import { openapi } from './testing.ts';
import type { Node } from './tree.ts';

const answer = { responses: { 204: { description: 'Done' } } };
const told = (former: object, present: object) =>
  breakingChanges(former as Node, present as Node)
    .map(({ code }) => code.replace('breaking.', ''))
    .sort();

const parameter = (name: string, type: string, place = 'path') => ({ name, in: place, required: true, schema: { type } });

describe('a description that breaks no caller is told of nothing', () => {
  it('for path parameters that are listed in another order, and renamed', () => {
    const of = (path: string, ...parameters: object[]) => openapi({ [path]: { get: { ...answer, parameters } } });
    const former = of('/a/{x}/{y}', parameter('x', 'string'), parameter('y', 'integer'));
    expect(told(former, of('/a/{x}/{y}', parameter('y', 'integer'), parameter('x', 'string')))).toEqual([]);
    expect(told(former, of('/a/{k}/{l}', parameter('l', 'integer'), parameter('k', 'string')))).toEqual([]);
    expect(told(former, of('/a/{x}/{y}', parameter('x', 'integer'), parameter('y', 'string')))).toEqual(
      Array(2).fill('type-changed'),
    );
  });

  it('for a parameter of the path item that the operation overrides, and that the item has no more', () => {
    const of = (ofItem: object[], ofOperation: object[]) =>
      openapi({ '/a/{x}': { parameters: ofItem, get: { ...answer, parameters: ofOperation } } });
    const former = of([parameter('x', 'string')], [parameter('x', 'integer')]);
    expect(told(former, of([], [parameter('x', 'integer')]))).toEqual([]);
    expect(told(former, of([parameter('x', 'string')], []))).toEqual(['type-changed']);
  });

  it('for a header by another case, and an integer for which any number is taken or which is given for one', () => {
    const of = (header: string, taken: string, given: string) =>
      openapi({
        '/a': {
          get: {
            parameters: [parameter(header, taken, 'header')],
            responses: { 200: { content: { 'application/json': { schema: { type: given } } } } },
          },
        },
      });
    expect(told(of('X-Limit', 'integer', 'number'), of('x-limit', 'number', 'integer'))).toEqual([]);
    expect(told(of('X-Limit', 'number', 'integer'), of('x-limit', 'integer', 'number'))).toEqual(Array(2).fill('type-changed'));
  });
});

describe('a base of Swagger 2.0', () => {
  const thing = { type: 'object', properties: { x: { type: 'string' } } };
  const swagger = (parameters: object[], schema: object = thing) => ({
    swagger: '2.0',
    info: {},
    paths: { '/a': { post: { parameters, responses: { 200: { description: 'd', schema } } } } },
  });
  const body = (schema: object, required = true) => ({ in: 'body', name: 'body', required, schema });
  const form = (...names: string[]) => [
    ...names.map((name) => ({ in: 'formData', name, required: true, type: 'string' })),
    { in: 'formData', name: 'picture', type: 'file' },
  ];
  const three = (type: string, taken: object, given: object = thing, required = true) => {
    const responses = { 200: { description: 'd', content: { 'application/json': { schema: given } } } };
    return openapi({ '/a': { post: { requestBody: { required, content: { [type]: { schema: taken } } }, responses } } });
  };
  const picture = { type: 'string', format: 'binary' };
  const upload = (name: string) => ({
    type: 'object',
    required: [name],
    properties: { [name]: { type: 'string' }, picture },
  });

  it('is the same as OpenAPI 3 that says the same, forth and back', () => {
    const pairs = [
      [swagger([body(thing)]), three('application/json', thing)],
      [swagger(form('name')), three('multipart/form-data', upload('name'))],
      [swagger([body(thing)], { type: 'file' }), three('application/json', thing, picture)],
    ] as const;
    for (const [two, same] of pairs) expect([told(two, same), told(same, two), told(two, two)]).toEqual([[], [], []]);
  });

  it('is told apart from what asks for more or gives something else', () => {
    const other = { type: 'object', properties: { x: { type: 'integer' } } };
    expect(told(swagger([body(thing)]), three('application/json', other, other))).toEqual(['type-changed', 'type-changed']);
    expect(told(swagger([body(thing, false)]), three('application/json', thing))).toEqual(['body-required']);
    expect(told(swagger([body(thing, false)]), swagger([body(thing)]))).toEqual(['body-required']);
    expect(told(swagger(form('name')), three('multipart/form-data', upload('title')))).toEqual(['property-required']);
    expect(told(swagger(form('name')), swagger(form('name', 'title')))).toEqual(['property-required']);
    expect(told(swagger([body(thing)]), swagger([]))).toEqual(['body-type-removed']);
  });
});
