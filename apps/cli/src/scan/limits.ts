import type { Node } from './tree.ts';

const LIMITS = ['maxLength', 'minLength', 'maxItems', 'minItems', 'maximum', 'minimum'] as const;
type LimitName = (typeof LIMITS)[number];

/** Which limits of a schema are tighter than they were, or new, with what they are now. */
export function tightenedLimits(former: Node, present: Node): string[] {
  return LIMITS.filter((name) => {
    const [old, young] = [limitOf(former, name), limitOf(present, name)];
    return young.most < old.most || (young.most === old.most && young.isExclusive && !old.isExclusive);
  }).map((name) => {
    const { most, isExclusive } = limitOf(present, name);
    return `${name} ${Math.abs(most) === 0 ? 0 : most * signOf(name)}${isExclusive ? ', left out' : ''}`;
  });
}

/** The tightest of the limits of some schemas, as OpenAPI 3.1 says them. */
export function tightestLimits(schemas: readonly Node[]): Node {
  return Object.fromEntries(
    LIMITS.flatMap((name) => {
      const { most, isExclusive } = schemas.map((each) => limitOf(each, name)).reduce(tighter);
      const limit = Number.isFinite(most) ? most * signOf(name) : undefined;
      return [
        [name, isExclusive ? undefined : limit],
        [exclusiveOf(name), isExclusive ? limit : undefined],
      ];
    }),
  );
}

/** Of what a limit bounds, so that a least one is a greatest one of the negative. */
type Limit = { readonly most: number; readonly isExclusive: boolean };

const exclusiveOf = (name: LimitName) => `exclusive${name.replace('m', 'M')}`;

const signOf = (name: LimitName) => (name.startsWith('max') ? 1 : -1);

function limitOf(schema: Node, name: LimitName): Limit {
  const [own, exclusive] = [schema[name], schema[exclusiveOf(name)]];
  const limits: Limit[] = [
    { most: name === 'minLength' || name === 'minItems' ? 0 : Number.POSITIVE_INFINITY, isExclusive: false },
  ];
  // OpenAPI 3.0 says whether the limit itself is left out, 3.1 has another limit for that.
  if (typeof own === 'number') limits.push({ most: own * signOf(name), isExclusive: exclusive === true });
  if (typeof exclusive === 'number') limits.push({ most: exclusive * signOf(name), isExclusive: true });
  return limits.reduce(tighter);
}

const tighter = (a: Limit, b: Limit) => (b.most < a.most || (b.most === a.most && b.isExclusive) ? b : a);
