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

describe('what asks for more than the base', () => {
  const taking = (schema: object) =>
    openapi({ '/a': { post: { ...answer, requestBody: { content: { 'application/json': { schema } } } } } });
  const asking = (schema: object) => openapi({ '/a': { get: { ...answer, parameters: [{ name: 'q', in: 'query', schema }] } } });
  const giving = (schema: object) =>
    openapi({ '/a': { get: { responses: { 200: { content: { 'application/json': { schema } } } } } } });

  it.each<[what: string, former: object, present: object, code: string]>([
    ['has values where any were taken', { type: 'string' }, { type: 'string', enum: ['a'] }, 'enum-added'],
    ['has one value where any were taken', { type: 'string' }, { type: 'string', const: 'a' }, 'enum-added'],
    ['takes one of its values no more', { enum: ['a', 'b'] }, { const: 'a' }, 'value-removed'],
    ['has a lower maxLength', { maxLength: 9 }, { maxLength: 8 }, 'limit-tightened'],
    ['has a maxLength', {}, { maxLength: 8 }, 'limit-tightened'],
    ['has a higher minLength', { minLength: 1 }, { minLength: 2 }, 'limit-tightened'],
    ['has fewer items', { maxItems: 2 }, { maxItems: 1 }, 'limit-tightened'],
    ['has more items', {}, { minItems: 1 }, 'limit-tightened'],
    ['has a lower maximum', { maximum: 9 }, { maximum: 8 }, 'limit-tightened'],
    ['has a minimum', {}, { minimum: 0 }, 'limit-tightened'],
    ['leaves out its maximum as 3.0 says it', { maximum: 9 }, { maximum: 9, exclusiveMaximum: true }, 'limit-tightened'],
    ['leaves out its minimum as 3.1 says it', { minimum: 9 }, { exclusiveMinimum: 9 }, 'limit-tightened'],
    ['has a pattern', {}, { pattern: '^a' }, 'pattern-changed'],
    ['has another pattern', { pattern: '^a' }, { pattern: '^b' }, 'pattern-changed'],
  ])('is told of when it %s, for parameters and properties, and not the other way round', (_what, former, present, code) => {
    const within = (schema: object) => ({ type: 'object', properties: { x: schema } });
    expect(told(asking(former), asking(present))).toEqual([code]);
    expect(told(taking(within(former)), taking(within(present)))).toEqual([code]);
    expect(told(asking(present), asking(former))).toEqual(code === 'pattern-changed' && 'pattern' in former ? [code] : []);
    expect(told(giving(former), giving(present))).toEqual([]);
  });

  it.each<[what: string, former: object, present: object]>([
    ['both values of a boolean', { type: 'boolean' }, { type: 'boolean', enum: [true, false] }],
    ['values instead of alternatives that may be the same', { oneOf: [{ const: 'a' }] }, { enum: ['a'] }],
    ['a least length of nothing', { type: 'string' }, { type: 'string', minLength: 0 }],
    ['the same limit in the words of 3.1', { minimum: 1, exclusiveMinimum: true }, { exclusiveMinimum: 1 }],
    ['limits that are none', { maxLength: 9 }, { maxLength: '8', maximum: null }],
  ])('is not %s', (_what, former, present) => {
    expect(told(asking(former), asking(present))).toEqual([]);
  });

  it('is a property that a request needs now, unless only answers have it', () => {
    const object = (required: string[], more: object = {}) => ({ type: 'object', required, properties: { x: { ...more } } });
    expect(told(taking(object([])), taking(object(['x'])))).toEqual(['property-required']);
    expect(told(taking(object([])), taking(object(['x'], { readOnly: true })))).toEqual([]);
  });

  it('is a property of an answer that may be missing now, unless only requests have it', () => {
    const object = (required: string[], more: object = {}) => ({ type: 'object', required, properties: { x: { ...more } } });
    expect(told(giving(object(['x'])), giving(object([])))).toEqual(['property-optional']);
    expect(told(giving(object(['x'], { writeOnly: true })), giving(object([], { writeOnly: true })))).toEqual([]);
    expect(told(giving(object(['x'])), giving({ type: 'object' }))).toEqual(['property-removed']);
    expect(told(giving(object([])), giving(object(['x'])))).toEqual([]);
  });
});

describe('security', () => {
  const securitySchemes = {
    key: { type: 'apiKey', in: 'header', name: 'X-Key' },
    sameKey: { type: 'apiKey', in: 'header', name: 'x-key' },
    other: { type: 'apiKey', in: 'query', name: 'key' },
    token: { type: 'http', scheme: 'Bearer' },
    login: { type: 'oauth2', flows: {} },
  };
  const secured = (ofAll: unknown, ofOne?: unknown) =>
    openapi(
      { '/a': { get: { ...answer, ...(ofOne !== undefined && { security: ofOne }) } } },
      { components: { securitySchemes }, ...(ofAll !== undefined && { security: ofAll }) },
    );

  it.each<[what: string, former: object, present: object]>([
    ['on an operation that was open', secured(undefined), secured(undefined, [{ key: [] }])],
    ['on all operations', secured([]), secured([{ key: [] }])],
    ['where it was a choice', secured([{}, { key: [] }]), secured([{ key: [] }])],
    ['where the operation was an exception', secured([{ key: [] }], []), secured([{ key: [] }])],
    ['of another scheme', secured([{ key: [] }]), secured([{ other: [] }])],
    ['of one more scheme', secured([{ key: [] }]), secured([{ key: [], other: [] }])],
    ['without one of the choices', secured([{ key: [] }, { other: [] }]), secured([{ other: [] }])],
  ])('%s is told of', (_what, former, present) => {
    expect(told(former, present)).toEqual(['security-required']);
  });

  it.each<[what: string, former: object, present: object]>([
    ['that is lifted', secured([{ key: [] }]), secured(undefined)],
    ['that is a choice now', secured([{ key: [] }]), secured([{ key: [] }, { other: [] }])],
    ['that asks for less', secured([{ key: [], other: [] }]), secured([{ key: [] }])],
    ['by another name', secured([{ key: [] }]), secured([{ sameKey: [] }])],
    ['by a token that is told of as such', secured([{ login: ['read'] }]), secured([{ token: [] }])],
    ['that is no list', secured('x'), secured(null)],
    [
      'as Swagger 2.0 says it',
      {
        swagger: '2.0',
        securityDefinitions: { k: { type: 'apiKey', in: 'header', name: 'X-Key' } },
        security: [{ k: [] }],
        paths: { '/a': { get: answer } },
      },
      secured([{ key: [] }]),
    ],
  ])('%s is not', (_what, former, present) => {
    expect(told(former, present)).toEqual([]);
  });

  const authorization = { type: 'apiKey', in: 'header', name: 'Authorization' };
  const swagger = (scheme: object) => ({
    swagger: '2.0',
    securityDefinitions: { scheme },
    security: [{ scheme: [] }],
    paths: { '/a': { get: answer } },
  });
  const three = (scheme: object) =>
    openapi({ '/a': { get: { ...answer, security: [{ s: [] }] } } }, { components: { securitySchemes: { s: scheme } } });

  it.each<[what: string, scheme: object]>([
    ['a token', { type: 'http', scheme: 'bearer' }],
    ['a name and a password', { type: 'http', scheme: 'Basic' }],
    ['OAuth 2', { type: 'oauth2', flows: {} }],
    ['OpenID Connect', { type: 'openIdConnect', openIdConnectUrl: 'https://a.example.com' }],
    ['the same header', authorization],
  ])('by the header Authorization in Swagger 2.0 is the same as %s in OpenAPI 3, forth and back', (_what, scheme) => {
    expect(told(swagger(authorization), three(scheme))).toEqual([]);
    expect(told(three(scheme), swagger(authorization))).toEqual([]);
  });

  it('by the header Authorization is not the same as by another one, and in OpenAPI 3 a key is no token', () => {
    const [key, basic, token] = [{ ...authorization, name: 'X-Key' }, { type: 'basic' }, { type: 'http', scheme: 'bearer' }];
    const pairs = [
      [swagger(authorization), three(key)],
      [three(key), swagger(authorization)],
      [swagger(basic), three(token)],
      [three(authorization), three(token)],
    ] as const;
    for (const [former, present] of pairs) expect(told(former, present)).toEqual(['security-required']);
  });

  it('that all operations share is compared once for all of them', () => {
    const shared = Array.from({ length: 99 }, (_, i) => `shared${i}`);
    const looked: string[] = [];
    const described = (kind: string) => {
      const own = shared.map((name) => kind + name);
      const schemes = Object.fromEntries([...shared, ...own].map((name) => [name, { type: 'apiKey', in: 'header', name }]));
      const get = (target: object, name: string) => {
        looked.push(name);
        return Reflect.get(target, name);
      };
      // The last one lets all calls in, and before that each of the others is tried to its last scheme.
      const security = [...own.map((name) => [...shared, name]), shared].map((names) =>
        Object.fromEntries(names.map((name) => [name, []])),
      );
      const paths = Object.fromEntries(Array.from({ length: 1_900 }, (_, i) => [`/a${i}`, { get: answer }]));
      return openapi(paths, { security, components: { securitySchemes: new Proxy(schemes, { get }) } });
    };
    // To compare them for each operation takes longer than a test may: a million schemes are looked for each time.
    expect(told(described('former'), described('present'))).toEqual([]);
    expect(looked).toHaveLength(4 * shared.length);
  }, 10_000);
});

describe('a schema', () => {
  const content = (schema: object) => ({ 'application/json': { schema } });
  const taking = (schema: object, schemas: object = {}) =>
    openapi({ '/a': { post: { ...answer, requestBody: { content: content(schema) } } } }, { components: { schemas } });
  const giving = (schema: object, schemas: object = {}) =>
    openapi({ '/a': { get: { responses: { 200: { content: content(schema) } } } } }, { components: { schemas } });
  const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
  const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });
  const [text, count] = [{ type: 'string' }, { type: 'integer' }];

  it('that stands at two places is compared with what is at each of them now', () => {
    const schemas = { X: text, Y: count };
    const former = object({ a: ref('X'), b: ref('X') });
    expect(told(taking(former, schemas), taking(object({ a: ref('X'), b: ref('Y') }), schemas))).toEqual(['type-changed']);
  });

  it('that a request does not have, since only answers do, is not compared, and the other way round', () => {
    const [readOnly, writeOnly] = [{ readOnly: true }, { writeOnly: true }];
    expect(told(taking(object({ x: { ...text, ...readOnly } })), taking(object({ x: { ...count, ...readOnly } })))).toEqual([]);
    expect(told(giving(object({ x: { ...text, ...writeOnly } })), giving(object({ x: { ...count, ...writeOnly } })))).toEqual([]);
    expect(told(giving(object({ x: { ...text, ...writeOnly } })), giving(object({})))).toEqual([]);
    const id = (more: object) => object({ x: { allOf: [ref('X')], ...more } });
    expect(told(taking(id(readOnly), { X: text }), taking(id(readOnly), { X: count }))).toEqual([]);
    expect(
      told(taking(object({ x: ref('X') }), { X: text }), taking(object({ x: { ...ref('X'), ...readOnly } }), { X: count })),
    ).toEqual([]);
  });

  it('that requests have now is asked for anew, and one that answers have no more is gone', () => {
    const asked = (more: object) => taking(object({ x: { ...text, ...more } }, { required: ['x'] }));
    expect(told(asked({ readOnly: true }), asked({}))).toEqual(['property-required']);
    expect(told(giving(object({ x: text })), giving(object({ x: { ...text, writeOnly: true } })))).toEqual(['property-removed']);
  });

  it('with alternatives in another order is the same, whether they are the same or take more', () => {
    const [card, cash] = [object({ kind: { const: 'card' }, x: text }), object({ kind: { const: 'cash' }, y: count })];
    const wider = { ...cash, properties: { ...cash.properties, note: text } };
    for (const kind of ['oneOf', 'anyOf']) {
      const of = (...alternatives: object[]) => ({ [kind]: alternatives });
      expect(told(taking(of(text, count)), taking(of(count, text)))).toEqual([]);
      expect(told(giving(of(card, cash, text)), giving(of(text, cash, card)))).toEqual([]);
      expect(told(taking(of(card, cash)), taking(of(wider, card)))).toEqual([]);
      expect(told(taking(of(card, cash)), taking(of(text, wider, card)))).toEqual([]);
      expect(told(taking(of(text, card), { Card: card }), taking(of(ref('Card'), text), { Card: card }))).toEqual([]);
    }
  });

  it('with an alternative that changed is told of once, wherever it stands now', () => {
    const of = (...alternatives: object[]) => taking({ oneOf: alternatives });
    const card = (number: object) => object({ kind: { const: 'card' }, number });
    expect(told(of(text, card(text)), of(card(count), text))).toEqual(['type-changed']);
    expect(told(of(text, count, { type: 'boolean' }), of({ type: 'boolean' }, text))).toEqual(['alternative-removed']);
    expect(told(of(text, card(object({ of: text }))), of(card(object({ of: count })), text))).toEqual(['type-changed']);
  });

  it('with many alternatives that differ is compared to an end', () => {
    const of = (words: string) => ({
      oneOf: Array.from({ length: 3_000 }, (_, i) => object({ kind: { const: `${i}` } }, { description: words })),
    });
    expect(told(taking(of('former')), taking(of('present')))).toEqual([]);
  });

  it('has values by what they are, not by which object says so, and they are told as JSON', () => {
    const of = (...values: unknown[]) => taking({ enum: values });
    expect(told(of({ a: 1, b: [2] }, null), of(null, { b: [2], a: 1 }))).toEqual([]);
    expect(told(taking({ const: { a: 1 } }), of({ a: 1 }))).toEqual([]);
    const messages = breakingChanges(of({ a: 1 }, '1', 1) as Node, of(1) as Node).map(({ message }) => message);
    expect(messages).toEqual(['request body no longer takes {"a":1}, "1".']);
    const [added] = breakingChanges(taking({}) as Node, of({ a: 1 }) as Node);
    expect(added?.message).toBe('request body takes nothing but {"a":1} now.');
  });

  it.each<[what: string, former: object[], present: object[], code: string]>([
    ['a limit', [{ maxLength: 9 }, { maxLength: 20 }], [{ maxLength: 5 }, { maxLength: 20 }], 'limit-tightened'],
    ['a limit that is left out', [{ maximum: 9 }, {}], [{ exclusiveMaximum: 9 }, { maximum: 9 }], 'limit-tightened'],
    ['values', [{ enum: ['a', 'b'] }, { enum: ['b', 'a'] }], [{ enum: ['a'] }, { enum: ['b', 'a'] }], 'value-removed'],
    ['one value', [{ enum: ['a', 'b'] }, {}], [{ const: 'a' }, { enum: ['a', 'b'] }], 'value-removed'],
    ['a pattern', [{ pattern: '^b' }], [{ pattern: '^a' }, { pattern: '^b' }], 'pattern-changed'],
    ['a type', [{ type: 'number' }], [{ type: 'integer' }, { type: 'number' }], 'type-changed'],
    ['each of a list', [{ items: text }], [{ items: { maxLength: 5 } }, { items: text }], 'limit-tightened'],
    [
      'a property',
      [object({ x: text }), object({ x: text })],
      [object({ x: { maxLength: 5 } }), object({ x: text })],
      'limit-tightened',
    ],
    [
      'a property of a property',
      [object({ x: object({ y: text }) })],
      [object({ x: object({ y: { maxLength: 5 } }) }), object({ x: object({ y: text }) })],
      'limit-tightened',
    ],
    ['what is required', [object({ x: text })], [object({ x: text }, { required: ['x'] }), object({})], 'property-required'],
  ])('is bounded by all its parts: %s that any of them tightens is told of', (_what, former, present, code) => {
    for (const order of [present, present.toReversed()]) {
      expect(told(taking({ allOf: former }), taking({ allOf: order }))).toEqual([code]);
      expect(told(taking({ allOf: former }), taking({ ...order[0], allOf: order.slice(1) }))).toEqual([code]);
      expect(told(taking({ allOf: order }), taking({ allOf: former }))).toEqual([]);
    }
  });

  it.each<[what: string, former: object, present: object]>([
    ['one that is their sum', { allOf: [object({ x: text }), object({ y: count })] }, object({ x: text, y: count })],
    ['limits that one part has already', { maxLength: 5 }, { allOf: [{ maxLength: 5 }, { maxLength: 9 }] }],
    ['the values that both have', { enum: ['a'] }, { allOf: [{ enum: ['a', 'b'] }, { enum: ['a', 'c'] }] }],
    ['one value that is among those', { const: 'a' }, { allOf: [{ const: 'a' }, { enum: ['a', 'b'] }] }],
    ['null beside a reference, as 3.0 has it', { type: ['string', 'null'] }, { allOf: [ref('X')], nullable: true }],
    ['parts in another order', { allOf: [ref('X'), { minLength: 2 }] }, { allOf: [{ minLength: 2 }, ref('X')] }],
  ])('of parts is the same as %s', (_what, former, present) => {
    const schemas = { X: text };
    for (const holding of [taking, giving]) {
      expect(told(holding(former, schemas), holding(present, schemas))).toEqual([]);
      expect(told(holding(present, schemas), holding(former, schemas))).toEqual([]);
    }
  });

  it('whose parts contain it in many ways is compared to an end', () => {
    const names = Array.from({ length: 10 }, (_, i) => `p${i}`);
    const properties = Object.fromEntries(names.map((name) => [name, ref('Node')]));
    const Node = { allOf: [ref('Left'), ref('Right'), ref('Node')] };
    const schemas = (x: object) => ({
      Node,
      Left: object({ ...properties, x }),
      Right: object({ ...properties, x: { maxLength: 9 } }),
    });
    expect(told(taking(ref('Node'), schemas(text)), taking(ref('Node'), schemas(count)))).toEqual(['type-changed']);
  });
});

describe('what OpenAPI says in more than one way is the same', () => {
  const [text, count] = [{ type: 'string' }, { type: 'integer' }];
  const contentOf = (types: Readonly<Record<string, object>>) =>
    Object.fromEntries(Object.entries(types).map(([type, schema]) => [type, { schema }]));
  const taking = (types: Readonly<Record<string, object>>) =>
    openapi({ '/a': { post: { ...answer, requestBody: { content: contentOf(types) } } } });
  const answering = (responses: object) => openapi({ '/a': { get: { responses } } });
  const giving = (types: Readonly<Record<string, object>>) => answering({ 200: { content: contentOf(types) } });

  it('for media types with parameters and by another case', () => {
    for (const of of [taking, giving]) {
      const plain = of({ 'application/json': text });
      for (const other of ['application/json; charset=utf-8', 'Application/JSON ;v=1']) {
        expect([told(plain, of({ [other]: text })), told(of({ [other]: text }), plain)]).toEqual([[], []]);
        expect(told(plain, of({ [other]: count }))).toEqual(['type-changed']);
      }
      const versions = of({ 'text/plain;v=1': text, 'text/plain;v=2': count });
      expect(told(versions, of({ 'text/plain;v=2': count, 'text/plain;v=1': text }))).toEqual([]);
    }
  });

  it('for media types within a range of what is taken now, or was given', () => {
    for (const range of ['*/*', 'application/*']) {
      expect(told(taking({ 'application/json': text }), taking({ [range]: text }))).toEqual([]);
      expect(told(taking({ 'application/json': text }), taking({ [range]: count }))).toEqual(['type-changed']);
      expect(told(taking({ [range]: text }), taking({ 'application/json': text }))).toEqual(['body-type-removed']);
      expect(told(giving({ [range]: text }), giving({ 'application/json': text }))).toEqual([]);
      expect(told(giving({ [range]: text }), giving({ 'application/json': count }))).toEqual(['type-changed']);
      expect(told(giving({ 'application/json': text }), giving({ [range]: text }))).toEqual(['response-type-removed']);
    }
    expect(told(taking({ 'text/csv': text }), taking({ 'application/*': text }))).toEqual(['body-type-removed']);
    expect(told(giving({ 'application/*': text }), giving({ 'text/csv': text }))).toEqual(['response-type-removed']);
    expect(told(taking({ 'text/csv': text }), taking({ '*/*': count, 'text/*': text }))).toEqual([]);
  });

  it('for an answer among all successful ones', () => {
    const of = (schema: object) => ({ content: contentOf({ 'application/json': schema }) });
    expect(told(answering({ 200: of(text) }), answering({ '2XX': of(text) }))).toEqual([]);
    expect(told(answering({ 200: of(text) }), answering({ '2XX': of(count) }))).toEqual(['type-changed']);
    expect(told(answering({ '2XX': of(text) }), answering({ 200: of(text), 404: of(count) }))).toEqual([]);
    expect(told(answering({ '2XX': of(text) }), answering({ 200: of(text), 201: of(count) }))).toEqual(['type-changed']);
    expect(told(answering({ 200: of(text), '2XX': of(count) }), answering({ 200: of(text), 201: of(count) }))).toEqual([]);
    expect(told(answering({ '2XX': of(text) }), answering({ 404: of(text) }))).toEqual(['response-removed']);
    expect(told(answering({ 200: of(text) }), answering({ 201: of(text) }))).toEqual(['response-removed']);
  });

  it.each(['Authorization', 'accept', 'Content-Type'])('for the header %s, which OpenAPI 3 knows as no parameter', (name) => {
    const header = { name, in: 'header', required: true, schema: text };
    const three = (...parameters: object[]) => openapi({ '/a': { get: { ...answer, parameters } } });
    const two = (...parameters: object[]) => ({ swagger: '2.0', info: {}, paths: { '/a': { get: { ...answer, parameters } } } });
    expect([told(three(header), three()), told(three(), three(header))]).toEqual([[], []]);
    expect([told(two(header), three()), told(three(), two(header))]).toEqual([[], []]);
    expect([told(two(header), two()), told(two(), two(header))]).toEqual([['parameter-removed'], ['parameter-required']]);
    const query = { ...header, in: 'query' };
    expect(told(three(query), three())).toEqual(['parameter-removed']);
  });
});
