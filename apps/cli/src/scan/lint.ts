import spectralCore from '@stoplight/spectral-core';
import owasp from '@stoplight/spectral-owasp-ruleset';
import oas from '@stoplight/spectral-rulesets/dist/oas/index.js';
import { type Finding, METHODS, ScanError, type Severity } from './contract.ts';
import type { Description } from './description.ts';
import type { Ignored } from './ignore.ts';
import { isNode } from './tree.ts';
import { unfold } from './unfold.ts';

type Path = readonly (string | number)[];
type Ruleset = Exclude<Parameters<spectralCore.Spectral['setRuleset']>[0], spectralCore.Ruleset>;

/** Each of these compiles a schema for every example, for which the schema would have to be unfolded. */
const TOO_COSTLY = [
  'oas2-valid-media-example',
  'oas2-valid-schema-example',
  'oas3-valid-media-example',
  'oas3-valid-schema-example',
];

/** What gives credentials or data away as it stands. */
const CRITICAL = new Set([
  'owasp:api2:2023-no-credentials-in-url',
  'owasp:api2:2023-write-restricted',
  'owasp:api8:2023-no-scheme-http',
  'owasp:api8:2023-no-server-http',
]);

/** Spectral's error, warning, information and hint. */
const OF_OWASP: readonly Severity[] = ['high', 'medium', 'low', 'info'];
const OF_OAS: readonly Severity[] = ['high', 'low', 'info', 'info'];
const OF_LIMITS: readonly Severity[] = ['medium', 'low', 'info', 'info'];

function severityOf(code: string, severity: number): Severity {
  if (CRITICAL.has(code)) return 'critical';
  // A text without a longest length is a weakness of nearly every description.
  const scale = code.startsWith('owasp:api4:') ? OF_LIMITS : code.startsWith('owasp:') ? OF_OWASP : OF_OAS;
  return scale[severity] ?? 'info';
}

/** Each is a module of the one kind packed as the other: Node gives its default, a bundler what holds it. */
function rulesetOf(imported: unknown): Ruleset {
  return (isNode(imported) && 'default' in imported ? imported['default'] : imported) as Ruleset;
}

/** What Spectral's rules for OpenAPI and OWASP's find. @throws {ScanError} for what they cannot read */
export async function lint({ document, references, dangling }: Description, isIgnored: Ignored): Promise<Finding[]> {
  const rules = Object.fromEntries(TOO_COSTLY.map((rule) => [rule, 'off' as const]));
  const spectral = new spectralCore.Spectral({ resolver: resolverTo(unfold(document), references) });
  spectral.setRuleset({ extends: [rulesetOf(oas), rulesetOf(owasp)], rules });
  for (const rule of Object.values(spectral.ruleset?.rules ?? {})) limit(rule);
  const nowhere = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  const results = await spectral
    .run({
      parsed: { data: document, ast: {}, diagnostics: [], lineMap: [] },
      getLocationForJsonPath: () => ({ range: nowhere }),
    } as never)
    .catch((error: unknown) => {
      throw new ScanError(`The rules cannot read the description: ${reasonOf(error)}`);
    });
  const nowhereTo = isIgnored('invalid-ref', []) ? [] : dangling;
  return [
    ...nowhereTo.map((pointer) => findingAt(document, 'invalid-ref', 'high', `$ref ${pointer} leads nowhere.`, [])),
    ...results
      .filter(({ code, path }) => !isIgnored(String(code), path))
      .map(({ code, severity, message, path }) =>
        findingAt(document, String(code), severityOf(String(code), severity), message, path),
      ),
  ];
}

/** Spectral tells of an error in an error, of which the innermost says what it is. */
function reasonOf(error: unknown): string {
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error instanceof Error ? error.cause : undefined;
  if (inner instanceof Error) return reasonOf(inner);
  return error instanceof Error ? error.message : String(error);
}

/** Real descriptions have 7,000 findings of one rule; what Spectral does with hundreds of thousands has no bound. */
const MOST_OF_A_RULE = 20_000;

type Rule = NonNullable<spectralCore.Spectral['ruleset']>['rules'][string];

function limit(rule: Rule): void {
  let count = 0;
  // biome-ignore lint/suspicious/noThenProperty: Spectral's name for what a rule does
  rule.then = rule.then.map((then) => ({
    ...then,
    function: (...words) => {
      if (count >= MOST_OF_A_RULE) return;
      const found = then.function(...words);
      if (!Array.isArray(found)) return found;
      const kept = found.slice(0, MOST_OF_A_RULE - count);
      count += kept.length;
      return kept;
    },
  }));
}

type Resolver = NonNullable<NonNullable<ConstructorParameters<typeof spectralCore.Spectral>[0]>['resolver']>;

/** Gives Spectral what is unfolded already, and what is referred to for its rule on components that nothing refers to. */
function resolverTo(result: unknown, references: ReadonlySet<string>): Resolver {
  // Who refers to a part of a component refers to the component.
  const nodes = new Set([...references].flatMap((each) => [each, each.split('/', 4).join('/')]));
  const graph = { overallOrder: () => [...nodes], getNodeData: () => ({ refMap: {} }) };
  const resolver: unknown = { uriCache: {}, resolve: async () => ({ result, errors: [], graph, refMap: {}, runner: {} }) };
  return resolver as Resolver;
}

function findingAt(document: unknown, code: string, severity: Severity, message: string, path: Path): Finding {
  const [area, name, verb] = path.map(String);
  if (area !== 'paths' || name === undefined) {
    const place = path.join('.');
    return { code, severity, message: place === '' ? message : `${message} (${place})`, method: null, path: null };
  }
  const method = METHODS.find((each) => each.toLowerCase() === verb) ?? null;
  const rest = path.slice(method === null ? 2 : 3).join('.');
  const isPath = isNode(document) && name.startsWith('/');
  return { code, severity, message: rest === '' ? message : `${message} (${rest})`, method, path: isPath ? name : null };
}
