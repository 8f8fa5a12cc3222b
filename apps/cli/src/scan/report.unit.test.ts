import { expect, it } from 'vitest';
import type { Finding } from './contract.ts';
import { report } from './report.ts';

const found = (code: string, message: string, method: Finding['method'] = 'GET'): Finding => ({
  ...{ code, severity: 'high', message, method },
  path: method === null ? null : '/a<b',
});
const findings = [found('limit', 'Header 1'), found('limit', 'Header 2'), found('other', 'Once'), found('info', 'All', null)];
const facts = {
  spec: 'api/open api.json',
  version: '1.2.3',
  scan: {
    service: { name: 'Billing' },
    spec: { hash: 'a'.repeat(64), format: 'openapi' as const, version: '3.1.0' },
    endpoints: [],
    findings,
  },
  lines: { '/a<b': 3, 'GET /a<b': 4 },
  ingested: null,
};

it('a table names a rule once for each place, and how often it is told of there', () => {
  const lines = report('table', facts).split('\n').slice(1);
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ['high', 'GET /a<b', 'limit', '(1 more) Header 1'],
    ['high', 'GET /a<b', 'other', 'Once'],
    ['high', '–', 'info', 'All'],
  ]);
});

it('JSON is what is sent, and what came of it', () => {
  expect(JSON.parse(report('json', facts))).toEqual({ ...facts.scan, scanRun: null });
});

it('SARIF has every finding on the line of its operation, or on the first', () => {
  const sarif = JSON.parse(report('sarif', facts));
  expect(sarif).toMatchObject({
    version: '2.1.0',
    runs: [
      { tool: { driver: { name: 'reqbase scan', version: '1.2.3', rules: [{ id: 'limit' }, { id: 'other' }, { id: 'info' }] } } },
    ],
  });
  const places = sarif.runs[0].results.map(
    (result: { locations: { physicalLocation: object }[] }) => result.locations[0]?.physicalLocation,
  );
  const artifactLocation = { uri: 'api/open%20api.json' };
  expect(places).toEqual([4, 4, 4, 1].map((startLine) => ({ artifactLocation, region: { startLine } })));
});

it('JUnit has a failure for each finding, its text escaped', () => {
  const junit = report('junit', facts);
  expect(junit).toContain('failures="4"');
  expect(junit).toContain('name="limit GET /a&lt;b"');
});
