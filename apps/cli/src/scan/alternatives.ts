import { dereferenced, listAt, type Node, textAt } from './tree.ts';
import { asJson } from './values.ts';

/** One of `oneOf` or `anyOf`: by the name of what it refers to, or by its place among those that refer to nothing. */
export type Alternative = {
  readonly name: string;
  readonly isNamed: boolean;
  readonly schema: unknown;
  readonly json: () => string;
};

/** More than a description that was reordered needs; of long lists that differ everywhere each would be held against each. */
const MOST_TRIALS = 400;

export function alternativesOf(document: Node, schema: Node, kind: string): Alternative[] {
  let unnamed = 0;
  return listAt(schema, kind).map((each) => {
    const name = textAt(each, '$ref')?.split('/').at(-1);
    let json: string | undefined;
    return {
      name: name ?? `alternative ${++unnamed}`,
      isNamed: name !== undefined,
      schema: each,
      json: () => (json ??= asJson(dereferenced(document, each))),
    };
  });
}

type IsSame = (former: Alternative, present: Alternative) => boolean;
type Matches = {
  readonly pairs: readonly (readonly [former: Alternative, present: Alternative])[];
  readonly gone: ReadonlySet<Alternative>;
  readonly added: ReadonlySet<Alternative>;
};

/** Which is which: those of one name; then, unless both have names, what is the same or fits; what is left, by place. */
export function matchAlternatives(former: readonly Alternative[], present: readonly Alternative[], fits: IsSame): Matches {
  const pairs: [Alternative, Alternative][] = [];
  const [gone, added] = [new Set(former), new Set(present)];
  const pairUp = (isSame: IsSame) => {
    for (const old of gone) {
      const young = firstOf(added, (each) => isSame(old, each));
      if (young === undefined) continue;
      pairs.push([old, young]);
      gone.delete(old);
      added.delete(young);
    }
  };
  let trials = 0;
  const mayBeSame: IsSame = (old, young) => !old.isNamed || !young.isNamed;
  const isTried: IsSame = (old, young) => mayBeSame(old, young) && ++trials <= MOST_TRIALS && fits(old, young);
  pairUp((old, young) => old.isNamed && young.isNamed && old.name === young.name);
  pairUp((old, young) => mayBeSame(old, young) && old.json() === young.json());
  pairUp((old, young) => old.name === young.name && isTried(old, young));
  pairUp(isTried);
  pairUp((old, young) => !old.isNamed && !young.isNamed);
  return { pairs, gone, added };
}

function firstOf(alternatives: ReadonlySet<Alternative>, isWanted: (each: Alternative) => boolean): Alternative | undefined {
  for (const each of alternatives) if (isWanted(each)) return each;
  return undefined;
}
