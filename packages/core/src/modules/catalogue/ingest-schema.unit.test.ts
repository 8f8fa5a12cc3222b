import { describe, expect, it } from 'vitest';
import { IngestScan } from './ingest-schema.ts';
import { endpointOf, findingOf, scanOf } from './testing.ts';

// Every bound of contract Reqflo, ScanIngestionPayload, at one less, at it, and at one more.

type Payload = ReturnType<typeof scanOf>;
const accepts = (payload: object) => IngestScan.safeParse({ organizationId: 'acme', ...payload }).success;
const text = (length: number) => 'x'.repeat(length);
const many = <Item>(count: number, item: (index: number) => Item) => Array.from({ length: count }, (_, index) => item(index));

type Bound = readonly [name: string, max: number, payload: (size: number) => Payload];

describe('a scan may have', () => {
  it.each<Bound>([
    ['characters in the name of its service', 120, (n) => scanOf({ service: { name: text(n) } })],
    ['characters in the version', 80, (n) => scanOf({ spec: { ...scanOf().spec, version: text(n) } })],
    ['characters in the title', 200, (n) => scanOf({ spec: { ...scanOf().spec, title: text(n) } })],
    ['endpoints', 2_000, (n) => scanOf({ endpoints: many(n, (index) => endpointOf({ path: `/${index}` })) })],
    ['characters in a path', 1_000, (n) => scanOf({ endpoints: [endpointOf({ path: text(n) })] })],
    ['characters in an operation id', 200, (n) => scanOf({ endpoints: [endpointOf({ operationId: text(n) })] })],
    ['tags of an endpoint', 20, (n) => scanOf({ endpoints: [endpointOf({ tags: many(n, String) })] })],
    ['characters in a tag', 100, (n) => scanOf({ endpoints: [endpointOf({ tags: [text(n)] })] })],
    ['characters in a summary', 300, (n) => scanOf({ endpoints: [endpointOf({ summary: text(n) })] })],
    ['findings', 500, (n) => scanOf({ findings: many(n, (index) => findingOf({ message: `${index}` })) })],
    ['characters in the code of a finding', 120, (n) => scanOf({ findings: [findingOf({ code: text(n) })] })],
    ['characters in the message of a finding', 500, (n) => scanOf({ findings: [findingOf({ message: text(n) })] })],
    ['characters in the path of a finding', 1_000, (n) => scanOf({ findings: [findingOf({ path: text(n) })] })],
  ])('as many %s as %i and not one more', (_name, max, payload) => {
    expect([max - 1, max, max + 1].map((size) => accepts(payload(size)))).toEqual([true, true, false]);
  });

  it('a hash of 64 characters, and none of 63 or 65', () => {
    const withHash = (length: number) => accepts(scanOf({ spec: { ...scanOf().spec, hash: text(length) } }));
    expect([63, 64, 65].map(withHash)).toEqual([false, true, false]);
  });

  it('no service without a name, and neither endpoints nor findings if it likes', () => {
    expect(accepts(scanOf({ service: { name: '' } }))).toBe(false);
    expect(accepts(scanOf({ endpoints: [], findings: [] }))).toBe(true);
  });

  it('no title and no version, but none that is null', () => {
    const { title: _title, version: _version, ...spec } = scanOf().spec;
    expect(accepts(scanOf({ spec }))).toBe(true);
    expect(accepts({ ...scanOf(), spec: { ...spec, title: null } })).toBe(false);
  });

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE'] as const)('the method %s', (method) => {
    expect(accepts(scanOf({ endpoints: [endpointOf({ method })], findings: [findingOf({ method })] }))).toBe(true);
  });

  it.each(['info', 'low', 'medium', 'high', 'critical'] as const)('the severity %s', (severity) => {
    expect(accepts(scanOf({ findings: [findingOf({ severity })] }))).toBe(true);
  });
});

describe('a scan may not have', () => {
  it.each<[string, object]>([
    ['another method', { ...scanOf(), endpoints: [{ ...endpointOf(), method: 'CONNECT' }] }],
    ['a method in small letters', { ...scanOf(), endpoints: [{ ...endpointOf(), method: 'get' }] }],
    ['another severity', { ...scanOf(), findings: [{ ...findingOf(), severity: 'warn' }] }],
    ['another format', { ...scanOf(), spec: { ...scanOf().spec, format: 'asyncapi' } }],
    ['an endpoint without an operation id', { ...scanOf(), endpoints: [{ ...endpointOf(), operationId: undefined }] }],
    ['an endpoint without tags', { ...scanOf(), endpoints: [{ ...endpointOf(), tags: undefined }] }],
    ['a finding without a path', { ...scanOf(), findings: [{ ...findingOf(), path: undefined }] }],
    ['no list of endpoints', { ...scanOf(), endpoints: undefined }],
    ['no list of findings', { ...scanOf(), findings: undefined }],
    ['a field that nobody knows', { ...scanOf(), project: 'x' }],
    ['a field of an endpoint that nobody knows', { ...scanOf(), endpoints: [{ ...endpointOf(), parameters: [] }] }],
    ['a NUL', { ...scanOf(), service: { name: 'a\0b' } }],
  ])('%s', (_name, payload) => {
    expect(accepts(payload)).toBe(false);
  });
});
