import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { cut, LIMIT, ScanError } from './contract.ts';
import type { Files } from './files.ts';
import { parse } from './parse.ts';
import { atPointer, escaped, isNode, type Node } from './tree.ts';

export type Description = {
  /** One document: what was in other files is under `x-files`, and every `$ref` leads to within. */
  readonly document: Node;
  /** Of the bytes of the file, or of all files in the order in which they are named. SHA-256, 64 hexadecimal digits. */
  readonly hash: string;
  /** Of OpenAPI or Swagger: `3.1.0`, `2.0`. */
  readonly version: string;
  /** Every place of the document that something refers to. */
  readonly references: ReadonlySet<string>;
  /** References that lead nowhere. */
  readonly dangling: readonly string[];
};

const MOST_FILES = 500;
const MOST_REFERENCES = 200_000;
const REMOTE_TIMEOUT_MS = 10_000;
const ELSEWHERE = 'x-files';

type Reading = {
  readonly files: Files;
  readonly allowsRemote: boolean;
  readonly documents: Map<string, Node>;
  readonly hash: ReturnType<typeof createHash>;
  bytes: number;
  references: number;
};

/** Reads a description with all files that it refers to. @throws {ScanError} */
export async function readDescription(files: Files, { allowsRemote }: { allowsRemote: boolean }): Promise<Description> {
  const reading: Reading = {
    files,
    allowsRemote,
    documents: new Map(),
    hash: createHash('sha256'),
    bytes: 0,
    references: 0,
  };
  const root = await readFile(reading, files.entry);
  const version = versionOf(root, files.entry);
  const wanted = relocate(reading, root, files.entry);
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (reading.documents.has(name)) continue;
    if (reading.documents.size >= MOST_FILES) throw new ScanError(`The description refers to more than ${MOST_FILES} files.`);
    wanted.push(...relocate(reading, await readFile(reading, name), name));
  }
  reading.documents.delete(files.entry);
  const document = reading.documents.size === 0 ? root : { ...root, [ELSEWHERE]: Object.fromEntries(reading.documents) };
  const references = pointersOf(document);
  const dangling = [...references].filter((pointer) => atPointer(document, pointer) === undefined);
  return { document, hash: reading.hash.digest('hex'), version, references, dangling };
}

function versionOf(root: Node, name: string): string {
  const { openapi, swagger } = root;
  const version = typeof openapi === 'string' ? openapi : swagger === 2 ? '2.0' : swagger;
  if (typeof version !== 'string' || !/^(3\.[012]\.\d+\S*|2\.0)$/.test(version))
    throw new ScanError(`${name} is not an OpenAPI description: it needs openapi 3.0, 3.1 or 3.2, or swagger 2.0.`);
  return cut(version, LIMIT.version);
}

async function readFile(reading: Reading, name: string): Promise<Node> {
  const bytes = /^https?:/.test(name) ? await fetched(name) : reading.files.read(name);
  reading.bytes += bytes.length;
  if (reading.bytes > LIMIT.specBytes)
    throw new ScanError('OpenAPI spec is too large: the CLI currently limits spec files to 10 MB.');
  reading.hash.update(bytes);
  const document = parse(bytes, name);
  reading.documents.set(name, document);
  return document;
}

async function fetched(url: string): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(REMOTE_TIMEOUT_MS) });
    if (!response.ok) throw new ScanError(`$ref ${url} cannot be fetched.`);
    // A server may stall or cut the connection after its first words, too.
    for await (const part of response.body ?? []) {
      size += part.length;
      if (size > LIMIT.specBytes) throw new ScanError(`$ref ${url} is larger than 10 MB.`);
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof ScanError) throw error;
    throw new ScanError(`$ref ${url} cannot be fetched.`, { cause: error });
  }
  return Buffer.concat(parts);
}

/** Makes the references of a file lead to where its pieces will be, in place, and says which files they name. */
function relocate(reading: Reading, document: Node, name: string): string[] {
  const wanted = new Set<string>();
  for (const holder of holdersOf(document)) {
    if (++reading.references > MOST_REFERENCES) throw new ScanError(`The description has more than ${MOST_REFERENCES} $refs.`);
    const [file = '', fragment = ''] = holder.$ref.split('#', 2);
    const target = file === '' ? name : targetOf(reading, name, file);
    if (target !== name) wanted.add(target);
    const home = target === reading.files.entry ? '#' : `#/${ELSEWHERE}/${encodeURIComponent(escaped(target))}`;
    holder.$ref = home + fragment;
  }
  return [...wanted];
}

function targetOf({ allowsRemote }: Reading, from: string, file: string): string {
  const isRemote = /^https?:/.test(from);
  if (/^[a-z][a-z\d+.-]*:/i.test(file) || file.startsWith('//') || isRemote) {
    const url = URL.parse(file, isRemote ? from : undefined);
    if (url === null || !/^https?:$/.test(url.protocol)) throw new ScanError(`$ref ${file} is not followed.`);
    if (!allowsRemote) throw new ScanError(`$ref ${file} is remote: --allow-remote-refs lets it be fetched.`);
    return url.href;
  }
  let plain = file;
  try {
    plain = decodeURIComponent(file);
  } catch {
    // A name with a bare percent sign.
  }
  const target = posix.normalize(posix.join(posix.dirname(from), plain));
  if (posix.isAbsolute(plain) || plain.includes('\\') || target.startsWith('../') || target === '..')
    throw new ScanError(`$ref ${file} leads out of the folder of the description.`);
  return target;
}

/** What maps names of the author's own to what the key says: a name in it is no keyword. */
const MAPS = new Set([
  ...['properties', 'patternProperties', 'definitions', '$defs', 'dependentSchemas', 'schemas', 'responses', 'parameters'],
  ...[
    'requestBodies',
    'headers',
    'securitySchemes',
    'links',
    'callbacks',
    'pathItems',
    'paths',
    'content',
    'encoding',
    'examples',
  ],
]);
/** What holds data, in which `$ref` may be a name like any other. */
const DATA = new Set(['example', 'value', 'default', 'enum', 'const']);

/** Every object with a `$ref`, once each however often an alias repeats it. */
function* holdersOf(document: Node): Generator<{ $ref: string }> {
  const seen = new Set<object>();
  const open: [value: object, isMap: boolean][] = [[document, false]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [value, isMap] = next;
    if (seen.has(value)) continue;
    seen.add(value);
    if (isNode(value) && !isMap && typeof value['$ref'] === 'string') yield value as { $ref: string };
    for (const [key, child] of Object.entries(value) as [string, unknown][]) {
      if (typeof child !== 'object' || child === null) continue;
      const isKeyword = !isMap && isNode(value);
      // As a list, `examples` is of values (OpenAPI 3.1).
      if (isKeyword && (DATA.has(key) || (key === 'examples' && Array.isArray(child)))) continue;
      open.push([child, isKeyword && MAPS.has(key) && isNode(child)]);
    }
  }
}

/** The pointers of all references within a document, each once. */
function pointersOf(document: Node): Set<string> {
  return new Set([...holdersOf(document)].map(({ $ref }) => $ref));
}
