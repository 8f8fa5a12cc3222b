import type { Documents } from './schema-changes.ts';
import { dereferenced, isNode, type Node, nodeAt, type Operation, textAt } from './tree.ts';

/** More than any operation offers; each of one description is held against each of the other. */
const MOST_CHOICES = 100;

/** What a call needs now that one of the calls which were let in does not have; null where all of them still are. */
export function neededNow({ former, present }: Documents, before: Operation, after: Operation): string | null {
  const choices = choicesOf(present, after).map((names) => ({ names, schemes: names.map((name) => schemeOf(present, name)) }));
  const isLetIn = (had: readonly string[]) => choices.some(({ schemes }) => schemes.every((scheme) => had.includes(scheme)));
  if (choicesOf(former, before).every((names) => isLetIn(names.map((name) => schemeOf(former, name))))) return null;
  return choices.map(({ names }) => names.join(' and ')).join(' or ');
}

/** The names of the security schemes of which one set has to be there; of none, where the operation is open. */
function choicesOf(document: Node, { operation }: Operation): string[][] {
  const security = operation['security'] ?? document['security'];
  const choices = Array.isArray(security) ? security.filter(isNode).slice(0, MOST_CHOICES) : [];
  return choices.length === 0 ? [[]] : choices.map((choice) => Object.keys(choice));
}

/** What a caller has to send for a scheme: names of schemes differ between descriptions of one API. */
function schemeOf(document: Node, name: string): string {
  const scheme = dereferenced(
    document,
    nodeAt(nodeAt(document, 'components'), 'securitySchemes')[name] ?? nodeAt(document, 'securityDefinitions')[name],
  );
  const type = textAt(scheme, 'type');
  if (type === 'apiKey') return `key ${textAt(scheme, 'in')} ${textAt(scheme, 'name')?.toLowerCase()}`;
  // However it was come by, it is sent as a token.
  if (type === 'oauth2' || type === 'openIdConnect') return 'http bearer';
  if (type === 'http') return `http ${textAt(scheme, 'scheme')?.toLowerCase()}`;
  return type === 'basic' ? 'http basic' : `${type} ${name}`;
}
