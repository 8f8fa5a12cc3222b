import { type Command, Option } from 'commander';
import yoctoSpinner from 'yocto-spinner';
import manifest from '../../package.json' with { type: 'json' };
import { baseUrl, DEFAULT_BASE, sendable } from '../context.ts';
import { EXIT, Failure, usage } from '../failure.ts';
import { runAnalysis } from '../scan/analysis.ts';
import { LIMIT, type ScanPayload, SEVERITIES, type Severity } from '../scan/contract.ts';
import { type Ingested, ingest } from '../scan/ingest.ts';
import { FORMATS, type ReportFormat, report } from '../scan/report.ts';
import { sourceOf } from '../scan/source.ts';

type ScanOptions = {
  readonly service?: string;
  readonly spec?: string;
  readonly apiKey?: string;
  readonly apiUrl?: string;
  readonly apiBase?: string;
  readonly base?: string;
  readonly ignoreFile?: string;
  readonly allowRemoteRefs?: boolean;
  readonly failOn?: Severity;
  readonly format?: ReportFormat;
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly dryRun?: boolean;
};

const MORE = `
Examples:
  $ reqflo scan --service "Billing API" --spec ./openapi.yaml --api-key rf_live_... --api-url https://app.reqflo.com
  $ reqbase scan --service "Billing API" --spec openapi.yaml --base origin/main --fail-on high --dry-run

Environment: REQFLO_API_KEY, REQFLO_API_URL or REQFLO_BASE_URL.
Exit codes: 5 a finding as grave as --fail-on; the others as of every command.`;

export function addScan(program: Command): void {
  program
    .command('scan')
    .description('check an OpenAPI description and send its endpoints and findings')
    .option('--service <name>', 'the service to create or update')
    .option('--spec <path>', 'the description: OpenAPI 3.0, 3.1, 3.2 or Swagger 2.0, JSON or YAML')
    .option('--api-key <key>', 'the key to send it with (better: REQFLO_API_KEY, which other users cannot see)')
    .option('--api-url <url>', 'the server (REQFLO_API_URL, REQFLO_BASE_URL)')
    .option('--base <file|git-ref>', 'the former description, to find what breaks its callers')
    .option('--ignore-file <path>', 'rules not to tell of; .reqflo-ignore beside the description unless given')
    .option('--allow-remote-refs', 'fetch what a $ref with an http address leads to')
    .addOption(new Option('--fail-on <severity>', 'end with 5 on such a finding, or a graver one').choices(SEVERITIES))
    .addOption(new Option('--format <format>', 'how findings are written').choices(FORMATS))
    .option('--dry-run', 'check, and send nothing')
    .addHelpText('after', MORE)
    .action(async (_options: object, command: Command) => runScan(command.optsWithGlobals<ScanOptions>()));
}

async function runScan(options: ScanOptions): Promise<void> {
  const { service, spec, dryRun = false, json = false, format = json ? 'json' : 'table' } = options;
  const { REQFLO_API_KEY, REQFLO_API_URL, REQFLO_BASE_URL } = process.env;
  const apiKey = options.apiKey ?? REQFLO_API_KEY ?? '';
  if (service === undefined || service.trim() === '') throw usage('--service is required: name the service in Reqflo.');
  if (service.length > LIMIT.serviceName) throw usage(`--service takes ${LIMIT.serviceName} characters at most.`);
  if (spec === undefined || spec === '') throw usage('--spec is required: provide a local OpenAPI JSON or YAML file.');
  if (!dryRun && apiKey === '')
    throw new Failure('API key required: pass --api-key or set REQFLO_API_KEY.', {
      exitCode: EXIT.auth,
      code: 'API_KEY_REQUIRED',
    });
  if (!dryRun) sendable(apiKey);
  const given = [options.apiUrl, REQFLO_API_URL, REQFLO_BASE_URL, options.apiBase].find((url) => url !== undefined && url !== '');
  const apiUrl = baseUrl(given ?? DEFAULT_BASE, '--api-url');
  const { scan, lines } = await withProgress((progress) =>
    runAnalysis(
      {
        spec,
        base: options.base ?? null,
        ignoreFile: options.ignoreFile ?? null,
        allowsRemote: options.allowRemoteRefs ?? false,
        wantsLines: format === 'sarif',
      },
      progress,
    ),
  );
  const source = sourceOf(process.env);
  const payload: ScanPayload = { service: { name: service.trim() }, ...scan, ...(source !== null && { source }) };
  const ingested = dryRun ? null : await ingest(apiUrl, apiKey, payload);
  const text = report(format, { spec, version: manifest.version, scan: payload, lines, ingested });
  if (text !== '' && options.quiet !== true) process.stdout.write(`${text}\n${format === 'table' ? '\n' : ''}`);
  // Beside a report that a program reads, the sentences for people go elsewhere.
  const sentences = format === 'table' ? process.stdout : process.stderr;
  sentences.write(options.quiet === true && ingested !== null ? `${ingested.id}\n` : told(payload, ingested));
  failOn(options.failOn, payload);
}

/** Source: contract Reqflo, CLI, Output. */
function told({ endpoints, findings }: ScanPayload, ingested: Ingested | null): string {
  if (ingested === null) return `Endpoints: ${endpoints.length}; findings: ${findings.length}\n`;
  const { id, resultUrl, endpointCount, findingCount } = ingested;
  return `Scan ingested: ${id}\nResult URL: ${resultUrl}\nEndpoints: ${endpointCount}; findings: ${findingCount}\n`;
}

function failOn(severity: Severity | undefined, { findings }: ScanPayload): void {
  if (severity === undefined) return;
  const least = SEVERITIES.indexOf(severity);
  const grave = findings.filter((finding) => SEVERITIES.indexOf(finding.severity) >= least).length;
  if (grave === 0) return;
  const told = grave === 1 ? '1 finding is' : `${grave} findings are`;
  throw new Failure(`${told} ${severity} or graver.`, { exitCode: EXIT.findings, code: 'FINDINGS' });
}

/** On a terminal, says what is being done for as long as it takes. */
async function withProgress<Result>(work: (progress: (doing: string) => void) => Promise<Result>): Promise<Result> {
  if (!process.stderr.isTTY) return work(() => {});
  const spinner = yoctoSpinner({ text: 'Starting', stream: process.stderr }).start();
  try {
    return await work((doing) => {
      spinner.text = doing;
    });
  } finally {
    spinner.stop();
  }
}
