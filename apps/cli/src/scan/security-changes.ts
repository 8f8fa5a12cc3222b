import type { Documents } from './schema-changes.ts';
import { dereferenced, isNode, isSwagger, type Node, nodeAt, type Operation, textAt } from './tree.ts';

/** More than any operation offers; each of one description is held against each of the other. */
const MOST_CHOICES = 100;
/** Swagger 2.0 has no other words for a token, nor says which kind of one is sent. */
const ANY_AUTHORIZATION = 'authorization';

/** What a call needs now that one of the calls which were let in does not have; null where all of them still are. */
export type NeededNow = (before: Operation, after: Operation) => string | null;

/** One set of security schemes that lets a call in: their names, and what has to be sent for them. */
type Choice = { readonly names: readonly string[]; readonly sent: ReadonlySet<string> };

/** Compares what operations ask for, once for each pair of requirements: most operations of a description share theirs. */
export function comparingSecurity(documents: Documents): NeededNow {
  const [formerChoices, presentChoices] = [remembered(choicesOf(documents.former)), remembered(choicesOf(documents.present))];
  const against = remembered((former: unknown) =>
    remembered((present: unknown) => needed(formerChoices(former), presentChoices(present))),
  );
  return (before, after) => against(securityOf(documents.former, before))(securityOf(documents.present, after));
}

function needed(former: readonly Choice[], present: readonly Choice[]): string | null {
  const isLetIn = ({ sent }: Choice) => present.some((choice) => [...choice.sent].every((scheme) => isAmong(scheme, sent)));
  return former.every(isLetIn) ? null : present.map(({ names }) => names.join(' and ')).join(' or ');
}

const securityOf = (document: Node, { operation }: Operation) => operation['security'] ?? document['security'];

/** The sets of schemes of which one has to be there; an empty one, where the operation is open. */
function choicesOf(document: Node): (security: unknown) => Choice[] {
  const sentFor = remembered((name: string) => schemeOf(document, name));
  return (security) => {
    const choices = Array.isArray(security) ? security.filter(isNode).slice(0, MOST_CHOICES) : [];
    return (choices.length === 0 ? [{}] : choices).map((choice) => {
      const names = Object.keys(choice);
      return { names, sent: new Set(names.map(sentFor)) };
    });
  };
}

/** What a caller has to send for a scheme: names of schemes differ between descriptions of one API. */
function schemeOf(document: Node, name: string): string {
  const scheme = dereferenced(
    document,
    nodeAt(nodeAt(document, 'components'), 'securitySchemes')[name] ?? nodeAt(document, 'securityDefinitions')[name],
  );
  const type = textAt(scheme, 'type');
  if (type === 'apiKey') {
    const key = `key ${textAt(scheme, 'in')} ${textAt(scheme, 'name')?.toLowerCase()}`;
    return isSwagger(document) && key === AUTHORIZATION_KEY ? ANY_AUTHORIZATION : key;
  }
  // However it was come by, it is sent as a token.
  if (type === 'oauth2' || type === 'openIdConnect') return 'http bearer';
  if (type === 'http') return `http ${textAt(scheme, 'scheme')?.toLowerCase()}`;
  return type === 'basic' ? 'http basic' : `${type} ${name}`;
}

const AUTHORIZATION_KEY = 'key header authorization';
const isAuthorization = (scheme: string) => scheme === AUTHORIZATION_KEY || scheme.startsWith('http ');

function isAmong(scheme: string, sent: ReadonlySet<string>): boolean {
  if (sent.has(scheme)) return true;
  return scheme === ANY_AUTHORIZATION ? [...sent].some(isAuthorization) : isAuthorization(scheme) && sent.has(ANY_AUTHORIZATION);
}

/** A function that gives the answer it has given before where it is asked the same. */
function remembered<Asked, Answer>(answer: (asked: Asked) => Answer): (asked: Asked) => Answer {
  const answers = new Map<Asked, Answer>();
  return (asked) => {
    const known = answers.get(asked);
    if (known !== undefined || answers.has(asked)) return known as Answer;
    const found = answer(asked);
    answers.set(asked, found);
    return found;
  };
}
