import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, posix, relative, resolve, sep } from 'node:path';
import { type Git, pathsOf } from './commit-paths.ts';
import { LIMIT, ScanError } from './contract.ts';

/** A folder with a description in it, of a disk or of a commit: names are relative to it, with `/`. */
export type Files = { readonly entry: string; read(name: string): Buffer };

/** The folder of a file. @throws {ScanError} when there is no such file */
export function filesOnDisk(path: string): Files {
  const entry = realOf(resolve(path), path);
  const folder = dirname(entry);
  return {
    entry: basename(entry),
    read(name) {
      const wanted = resolve(folder, name);
      inside(folder, wanted, name);
      const real = realOf(wanted, name);
      // A link may lead out where the name did not.
      inside(folder, real, name);
      const stats = statSync(real);
      if (!stats.isFile()) throw new ScanError(`${name} is not a file.`);
      if (stats.size > LIMIT.specBytes)
        throw new ScanError('OpenAPI spec is too large: the CLI currently limits spec files to 10 MB.');
      return readFileSync(real);
    },
  };
}

function realOf(path: string, name: string): string {
  try {
    return realpathSync(path);
  } catch {
    throw new ScanError(`${name} cannot be read.`);
  }
}

function inside(folder: string, path: string, name: string): void {
  if (!path.startsWith(folder.endsWith(sep) ? folder : folder + sep))
    throw new ScanError(`$ref ${name} leads out of the folder of the description.`);
}

/**
 * The folder of what a path means in a commit, whose links may lead elsewhere than today's.
 * @throws {ScanError} when there is no such folder or commit
 */
export function filesOfCommit(reference: string, path: string): Files {
  const named = resolve(path);
  // A link may come into the repository from without.
  const repository = repositoryOf(named) ?? repositoryOf(realOf(named, path));
  const commit = repository && commitOf(repository.git, reference);
  if (repository === null || commit === null)
    throw new ScanError(`--base ${reference} is neither a file nor a commit of this repository.`);
  const { git } = repository;
  const placeOf = pathsOf(git, commit);
  const entry = placeOf(repository.path);
  if (entry === null) throw new ScanError(`${path} leads out of the repository in ${reference}, or nowhere.`);
  const folder = posix.dirname(entry);
  return {
    entry: posix.basename(entry),
    read(name) {
      const wanted = posix.normalize(name);
      const place = wanted.startsWith('../') || posix.isAbsolute(wanted) ? null : placeOf(posix.join(folder, wanted));
      // A link may lead out where the name did not.
      if (place === null || (folder !== '.' && !place.startsWith(`${folder}/`)))
        throw new ScanError(`$ref ${name} leads out of the folder of the description.`);
      try {
        return git('cat-file', 'blob', `${commit}:${place}`);
      } catch {
        throw new ScanError(`${name} cannot be read in ${reference}, or is larger than 10 MB.`);
      }
    },
  };
}

/** The repository that a path is in, and where it is there; null where there is none. */
function repositoryOf(path: string): { git: Git; path: string } | null {
  const folder = dirname(path);
  const git: Git = (...words) =>
    execFileSync('git', words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: LIMIT.specBytes + 1 });
  try {
    const top = realpathSync(git('rev-parse', '--show-toplevel').toString().trim());
    return { git, path: posix.join(namedWithin(top, folder).split(sep).join('/'), basename(path)) };
  } catch {
    return null;
  }
}

function commitOf(git: Git, reference: string): string | null {
  try {
    return git('rev-parse', '--verify', '--end-of-options', `${reference}^{commit}`).toString().trim();
  } catch {
    return null;
  }
}

/** Where a folder is in a repository by the names that were given for it, or, if those come in from elsewhere, by its real ones. */
function namedWithin(top: string, folder: string): string {
  for (let above = folder; ; above = dirname(above)) {
    if (realpathSync(above) === top) return relative(above, folder);
    if (above === dirname(above)) return relative(top, realpathSync(folder));
  }
}
