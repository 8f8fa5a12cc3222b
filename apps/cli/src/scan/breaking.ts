import type { Finding } from './contract.ts';
import { bodyOf, parametersOfBoth, schemasOf } from './inputs.ts';
import { ANY_TYPE, schemasFor } from './media-types.ts';
import { compareSchemas, type Direction, type Documents, type Pair, type Tell } from './schema-changes.ts';
import { comparingSecurity, type NeededNow } from './security-changes.ts';
import { dereferenced, type Node, nodeAt, type Operation, operationsOf, shapeOf, textAt } from './tree.ts';

/**
 * What a caller of the former description would stumble over: operations, parameters, bodies and answers that are gone, asked
 * for more, or of another type.
 */
export function breakingChanges(former: Node, present: Node): Finding[] {
  const findings: Finding[] = [];
  const now = new Map(operationsOf(present).map((each) => [`${each.method} ${shapeOf(each.path)}`, each]));
  const neededNow = comparingSecurity({ former, present });
  for (const before of operationsOf(former)) {
    const after = now.get(`${before.method} ${shapeOf(before.path)}`);
    const { method, path } = after ?? before;
    const tell: Tell = (code, message) =>
      void findings.push({ code: `breaking.${code}`, severity: 'high', message, method, path });
    if (after === undefined) tell('operation-removed', 'The operation is gone.');
    else compareOperations({ former, present }, before, after, neededNow, tell);
  }
  return findings;
}

function compareOperations(documents: Documents, before: Operation, after: Operation, neededNow: NeededNow, tell: Tell): void {
  const compare = (pair: Pair, direction: Direction, place: string) => compareSchemas(documents, pair, direction, place, tell);
  const needed = neededNow(before, after);
  if (needed !== null) tell('security-required', `Calls need ${needed} now.`);
  const { former: was, present: is } = parametersOfBoth(documents, before, after);
  for (const [key, parameter] of is) {
    const old = was.get(key);
    if (parameter['required'] === true && old?.['required'] !== true && parameter['in'] !== 'path')
      tell('parameter-required', `The parameter ${named(parameter)} is required now.`);
    if (old !== undefined)
      compare(
        { former: old['schema'] ?? old, present: parameter['schema'] ?? parameter },
        'request',
        `parameter ${named(parameter)}`,
      );
  }
  for (const [key, parameter] of was)
    if (!is.has(key) && parameter['in'] !== 'path') tell('parameter-removed', `The parameter ${named(parameter)} is gone.`);
  const [oldBody, body] = [bodyOf(documents.former, before), bodyOf(documents.present, after)];
  if (body.isRequired && !oldBody.isRequired) tell('body-required', 'A request body is required now.');
  for (const [type, schema] of oldBody.schemas) {
    const present = schemasFor(type, body.schemas, 'request');
    if (present.length === 0) tell('body-type-removed', `The request body is no longer taken${asType(type)}.`);
    for (const each of present) compare({ former: schema, present: each }, 'request', 'request body');
  }
  compareAnswers(documents, nodeAt(before.operation, 'responses'), nodeAt(after.operation, 'responses'), tell);
}

function compareAnswers(documents: Documents, before: Node, after: Node, tell: Tell): void {
  for (const [status, answer] of Object.entries(before)) {
    if (!/^2/.test(status)) continue;
    const others = answersFor(status, before, after);
    if (others.length === 0) tell('response-removed', `The answer ${status} is gone.`);
    for (const other of others) {
      const young = schemasOf(dereferenced(documents.present, other));
      for (const [type, schema] of schemasOf(dereferenced(documents.former, answer))) {
        const present = schemasFor(type, young, 'response');
        if (present.length === 0) tell('response-type-removed', `The answer ${status} is no longer given${asType(type)}.`);
        for (const each of present)
          compareSchemas(documents, { former: schema, present: each }, 'response', `answer ${status}`, tell);
      }
    }
  }
}

/**
 * What an answer is to be held against: the one of its status, or else that of all; and where it is of all, whatever there is that
 * has no former one of its own.
 */
function answersFor(status: string, before: Node, after: Node): unknown[] {
  const same = [status, ...ALL_SUCCESSES].find((each) => Object.hasOwn(after, each));
  if (same !== undefined) return [after[same]];
  if (!ALL_SUCCESSES.includes(status)) return [];
  return Object.keys(after).flatMap((each) => (/^2/.test(each) && !Object.hasOwn(before, each) ? [after[each]] : []));
}

const ALL_SUCCESSES = ['2XX', '2xx'];
const named = (parameter: Node) => `${textAt(parameter, 'name')} (${textAt(parameter, 'in')})`;
const asType = (type: string) => (type === ANY_TYPE ? '' : ` as ${type}`);
