import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { breakingChanges } from './breaking.ts';
import { cut, type Endpoint, type Finding, LIMIT, METHODS, ScanError, type ScanPayload, SEVERITIES } from './contract.ts';
import { readDescription } from './description.ts';
import { filesOfCommit, filesOnDisk } from './files.ts';
import { ignoring, parseIgnoreFile } from './ignore.ts';
import { type Lines, linesOf } from './lines.ts';
import { lint } from './lint.ts';
import { dereferenced, isNode, listAt, type Node, nodeAt, operationsOf, shapeOf, textAt } from './tree.ts';

export type Asked = {
  readonly spec: string;
  readonly base: string | null;
  readonly ignoreFile: string | null;
  readonly allowsRemote: boolean;
  /** Whether it is to be known on which line of the file each operation begins. */
  readonly wantsLines?: boolean;
};
export type Analysis = { readonly scan: Omit<ScanPayload, 'service' | 'source'>; readonly lines: Lines };

/** Beside the description, read without being named. */
const IGNORE_FILE = '.reqflo-ignore';

/** Reads, lints and compares. `progress` hears what is being done. @throws {ScanError} */
export async function analyse(
  { spec, base, ignoreFile, allowsRemote, wantsLines = false }: Asked,
  progress: (doing: string) => void,
): Promise<Analysis> {
  progress('Reading the description');
  const description = await readDescription(filesOnDisk(spec), { allowsRemote });
  const { document, hash, version } = description;
  refuseNull(document);
  const { endpoints, told } = endpointsOf(document);
  const isIgnored = ignoring(document, rulesOf(spec, ignoreFile));
  let changes: Finding[] = [];
  if (base !== null) {
    progress('Comparing it with its base');
    const former = await readDescription(isFile(base) ? filesOnDisk(base) : filesOfCommit(base, spec), { allowsRemote });
    changes = breakingChanges(former.document, document);
  }
  progress(`Checking ${endpoints.length} endpoints`);
  const own = [...changes, ...told].filter(
    ({ code, method, path }) => !isIgnored(code, ['paths', path ?? '', (method ?? '').toLowerCase()]),
  );
  const findings = bounded([...own, ...(await lint(description, isIgnored))]);
  const title = textAt(nodeAt(document, 'info'), 'title');
  return {
    scan: {
      spec: { hash, format: 'openapi', version, ...(title !== null && { title: cut(title, LIMIT.title) }) },
      endpoints,
      findings,
    },
    lines: wantsLines ? linesOf(readFileSync(spec, 'utf8')) : {},
  };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function rulesOf(spec: string, named: string | null) {
  const path = named ?? join(dirname(spec), IGNORE_FILE);
  if (named === null && !isFile(path)) return [];
  try {
    return parseIgnoreFile(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof ScanError) throw error;
    throw new ScanError(`${path} cannot be read.`);
  }
}

/** @throws {ScanError} for a null, as YAML has it for a key with nothing after it, where the rules need an object */
function refuseNull(document: Node): void {
  const refuse = (...place: string[]) => {
    throw new ScanError(`The description has nothing at ${cut(place.join('.'), LIMIT.path)}.`);
  };
  if (document['paths'] === null) refuse('paths');
  for (const [path, item] of Object.entries(nodeAt(document, 'paths'))) {
    if (item === null) refuse('paths', path);
    const empty = isNode(item) && METHODS.find((method) => item[method.toLowerCase()] === null);
    if (empty) refuse('paths', path, empty.toLowerCase());
  }
}

/** As the contract takes them, cut to its bounds; and what is to be told of them. @throws {ScanError} for too many */
export function endpointsOf(document: Node): { endpoints: Endpoint[]; told: Finding[] } {
  const endpoints = new Map<string, Endpoint>();
  const told = unsendable(document);
  for (const { method, path, operation } of operationsOf(document)) {
    if (path.length > LIMIT.path) throw new ScanError(`A path is longer than ${LIMIT.path} characters: ${cut(path, 60)}`);
    const key = `${method} ${shapeOf(cut(path, LIMIT.path))}`;
    const same = endpoints.get(key);
    if (same !== undefined) {
      const message = `The same endpoint as ${same.path}: names of parameters do not tell them apart.`;
      told.push({ code: 'scan.duplicate_endpoint', severity: 'medium', message, method, path });
      continue;
    }
    const [operationId, summary] = [textAt(operation, 'operationId'), textAt(operation, 'summary')];
    const tags = listAt(operation, 'tags').filter((tag) => typeof tag === 'string');
    endpoints.set(key, {
      method,
      path: cut(path, LIMIT.path),
      operationId: operationId === null ? null : cut(operationId, LIMIT.operationId),
      tags: [...new Set(tags.map((tag) => cut(tag, LIMIT.tag)))].slice(0, LIMIT.tags),
      summary: summary === null ? null : cut(summary, LIMIT.summary),
      ...(operation['deprecated'] === true && { deprecated: true }),
    });
  }
  if (endpoints.size > LIMIT.endpoints)
    throw new ScanError(`The description has ${endpoints.size} endpoints; a scan takes ${LIMIT.endpoints} at most.`);
  return { endpoints: [...endpoints.values()], told };
}

/** What OpenAPI 3.2 has beside the methods that the contract knows. */
function unsendable(document: Node): Finding[] {
  return Object.keys(nodeAt(document, 'paths')).flatMap((path) => {
    const item = dereferenced(document, nodeAt(nodeAt(document, 'paths'), path));
    const methods = [...('query' in item ? ['QUERY'] : []), ...Object.keys(nodeAt(item, 'additionalOperations'))];
    return methods.map((method): Finding => {
      const message = `The operation ${method} is not sent: a scan takes no such method.`;
      return { code: 'scan.method_not_sent', severity: 'info', message, method: null, path };
    });
  });
}

/** The gravest, of each rule the first before the second of any; the last one says how many are left out. */
export function bounded(found: readonly Finding[]): Finding[] {
  const unique = new Map(found.map((each) => [`${each.code}\0${each.method}\0${each.path}\0${each.message}`, each]));
  const seen = new Map<string, number>();
  const ranked = [...unique.values()].map((finding) => {
    const turn = seen.get(finding.code) ?? 0;
    seen.set(finding.code, turn + 1);
    const { code, message, path } = finding;
    const short = {
      ...finding,
      code: cut(code, LIMIT.code),
      message: cut(message, LIMIT.message),
      path: path === null ? null : cut(path, LIMIT.path),
    };
    return { finding: short, turn, rank: SEVERITIES.indexOf(finding.severity) };
  });
  const sorted = ranked.sort((a, b) => b.rank - a.rank || a.turn - b.turn).map(({ finding }) => finding);
  if (sorted.length <= LIMIT.findings) return sorted;
  const kept = sorted.slice(0, LIMIT.findings - 1);
  const message = `${sorted.length - kept.length} more findings are left out: a scan takes ${LIMIT.findings}, the gravest first.`;
  return [...kept, { code: 'scan.findings_truncated', severity: 'info', message, method: null, path: null }];
}
