import { EVENT_ID, getScalarValue, parseEvents } from 'js-yaml';
import { METHODS } from './contract.ts';

/** Lines of operations, by `GET /path`, and of paths, by `/path`; from 1. */
export type Lines = Readonly<Record<string, number>>;

type Collection = { readonly isMapping: boolean; isKeyNext: boolean; key: string };

/** Where the paths and operations of a description begin in its text. JSON is read as the YAML that it is. */
export function linesOf(text: string): Lines {
  const lines: Record<string, number> = {};
  const open: Collection[] = [];
  let [line, counted] = [1, 0];
  const lineAt = (offset: number) => {
    for (; counted < offset; counted++) if (text[counted] === '\n') line++;
    return line;
  };
  for (const event of parseEvents(text, {})) {
    const holder = open.at(-1);
    const isKey = holder?.isMapping === true && holder.isKeyNext;
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    if (event.type === EVENT_ID.SCALAR && isKey) {
      holder.key = getScalarValue(text, event);
      const place = placeOf(open);
      if (place !== null) lines[place] = lineAt(event.valueStart);
    }
    if (holder?.isMapping === true) holder.isKeyNext = !holder.isKeyNext;
    if (event.type === EVENT_ID.MAPPING) open.push({ isMapping: true, isKeyNext: true, key: '' });
    else if (event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.DOCUMENT)
      open.push({ isMapping: false, isKeyNext: false, key: '' });
  }
  return lines;
}

/** What a key that has just been read begins, if that is told of: within the document, its object, `paths`, a path. */
function placeOf([, root, paths, item, deeper]: readonly Collection[]): string | null {
  if (root?.key !== 'paths' || paths === undefined || deeper !== undefined) return null;
  if (item === undefined) return paths.key;
  const method = METHODS.find((each) => each.toLowerCase() === item.key);
  return method === undefined ? null : `${method} ${paths.key}`;
}
