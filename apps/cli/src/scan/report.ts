import { plain, table } from '../output.ts';
import type { Finding, ScanPayload, Severity } from './contract.ts';
import type { Lines } from './lines.ts';

export const FORMATS = ['table', 'json', 'sarif', 'junit'] as const;
export type ReportFormat = (typeof FORMATS)[number];

type Facts = {
  readonly spec: string;
  readonly version: string;
  readonly scan: ScanPayload;
  readonly lines: Lines;
  readonly ingested: object | null;
};

const WRITERS: Readonly<Record<ReportFormat, (facts: Facts) => string>> = {
  table: ({ scan: { findings } }) => (findings.length === 0 ? '' : tableOf(findings)),
  json: ({ scan, ingested }) => JSON.stringify({ ...scan, scanRun: ingested }, null, 2),
  sarif: (facts) => JSON.stringify(sarifOf(facts), null, 2),
  junit: junitOf,
};

/** What a scan has found, as people, programs, code hosts (SARIF 2.1.0) or build servers (JUnit) read it. */
export function report(format: ReportFormat, facts: Facts): string {
  return WRITERS[format](facts);
}

const placeOf = ({ method, path }: Finding) => [method, path].filter((part) => part !== null).join(' ');

/** A rule once for each place, with how often else: some are told of for every header of every answer. */
function tableOf(findings: readonly Finding[]): string {
  const alike = Map.groupBy(findings, ({ severity, code, method, path }) => [severity, code, method, path].join('\0'));
  return table(
    [...alike.values()].flatMap(([first, ...others]) => (first === undefined ? [] : [{ ...first, others: others.length }])),
    [
      ['SEVERITY', ({ severity }) => severity],
      ['WHERE', (finding) => placeOf(finding) || null],
      ['RULE', ({ code }) => code],
      ['MESSAGE', ({ message, others }) => (others === 0 ? message : `(${others} more) ${message}`)],
    ],
    process.stdout.columns || WIDTH,
  );
}
const WIDTH = 160;

const LEVELS: Readonly<Record<Severity, string>> = {
  info: 'note',
  low: 'note',
  medium: 'warning',
  high: 'error',
  critical: 'error',
};
/** As code hosts sort them. Source: GitHub, SARIF support, security-severity. */
const SCORES: Readonly<Record<Severity, string>> = { info: '0.0', low: '3.0', medium: '5.0', high: '8.0', critical: '9.5' };

function sarifOf({ spec, version, scan, lines }: Facts): object {
  const rules = [...new Map(scan.findings.map((finding) => [finding.code, finding])).values()];
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'reqbase scan',
            version,
            rules: rules.map(({ code, severity }) => ({ id: code, properties: { 'security-severity': SCORES[severity] } })),
          },
        },
        results: scan.findings.map((finding) => ({
          ruleId: finding.code,
          level: LEVELS[finding.severity],
          message: { text: finding.message },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(spec.replaceAll('\\', '/')) },
                // Of what is in another file, or of the description as a whole, the first.
                region: { startLine: lines[placeOf(finding)] ?? lines[finding.path ?? ''] ?? 1 },
              },
              ...(finding.path !== null && { logicalLocations: [{ fullyQualifiedName: placeOf(finding) }] }),
            },
          ],
        })),
      },
    ],
  };
}

function junitOf({ scan }: Facts): string {
  const cases = scan.findings.map((finding) => {
    const { code, severity, message } = finding;
    const name = xml(`${code} ${placeOf(finding)}`.trim());
    return `    <testcase classname="${xml(scan.service.name)}" name="${name}"><failure type="${severity}" message="${xml(message)}"/></testcase>`;
  });
  const shown = cases.length > 0 ? cases : [`    <testcase classname="${xml(scan.service.name)}" name="no findings"/>`];
  const counts = `tests="${shown.length}" failures="${cases.length}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="reqbase scan" ${counts}>`,
    ...shown,
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

function xml(text: string): string {
  return plain(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[\uFFFE\uFFFF]/g, '');
}
