import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { IngestScan } from './ingest-schema.ts';
import { endpointOf, findingOf, SCAN_BOUNDS, scanOf, sizesOf } from './testing-scan.ts';

// Every bound of contract Reqflo, ScanIngestionPayload, at one less, at it, and at one more.

const accepts = (payload: object) => IngestScan.safeParse({ organizationId: 'acme', ...payload }).success;

describe('a scan may have', () => {
  it.each(SCAN_BOUNDS)('as many %s as %i to %i and no other number', (...bound) => {
    const [, , , scan] = bound;
    for (const [size, isTaken] of sizesOf(bound)) expect([size, accepts(scan(size))]).toEqual([size, isTaken]);
  });

  it('no bound that is not in the list', () => {
    const texts = JSON.stringify(z.toJSONSchema(IngestScan.omit({ organizationId: true }))).match(/"max(Length|Items)":/g);
    // Two more are of ids, whose form says how long they are.
    expect(texts).toHaveLength(SCAN_BOUNDS.length);
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
