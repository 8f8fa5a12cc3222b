import { posix } from 'node:path';

/** Runs git with these words and gives what it writes. */
export type Git = (...words: string[]) => Buffer;

/** More links than this, one leading to the next, lead round in a circle, or as good as. */
const MOST_LINKS = 40;

/**
 * Finds where a path of the repository leads in a commit, by the links that the commit has and not by those of the disk; null
 * where that is out of the repository, or round in a circle.
 */
export function pathsOf(git: Git, commit: string): (path: string) => string | null {
  const links = new Map<string, ReadonlySet<string>>();
  const linksIn = (folder: string) => {
    const known = links.get(folder) ?? linksOf(git, `${commit}:${folder}`);
    links.set(folder, known);
    return known;
  };
  return (path) => {
    const open = path.split('/');
    let [at, followed] = ['', 0];
    for (let part = open.shift(); part !== undefined; part = open.shift()) {
      if (part === '..' && at === '') return null;
      const next = posix.join(at, part);
      if (part === '..' || !linksIn(at).has(part)) {
        at = next === '.' ? '' : next;
        continue;
      }
      const target = targetOf(git, `${commit}:${next}`);
      if (target === null || posix.isAbsolute(target) || ++followed > MOST_LINKS) return null;
      open.unshift(...target.split('/'));
    }
    return at;
  };
}

function linksOf(git: Git, tree: string): ReadonlySet<string> {
  try {
    const entries = git('ls-tree', '-z', '--full-tree', tree).toString().split('\0');
    return new Set(entries.flatMap((entry) => /^120000 blob [0-9a-f]+\t(.*)$/s.exec(entry)?.slice(1) ?? []));
  } catch {
    // No folder in this commit: whatever is wanted of it is not there either, and that is told when it is read.
    return new Set();
  }
}

/** What a link leads to; null where the repository does not hold it, as a partial clone may not. */
function targetOf(git: Git, link: string): string | null {
  try {
    return git('cat-file', 'blob', link).toString();
  } catch {
    return null;
  }
}
