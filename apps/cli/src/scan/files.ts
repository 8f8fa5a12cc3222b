import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, posix, relative, resolve, sep } from 'node:path';
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

/** The same folder as a commit has it. @throws {ScanError} when there is no such file or commit */
export function filesOfCommit(reference: string, path: string): Files {
  // A commit has for a link the name of what it leads to.
  const real = realOf(resolve(path), path);
  const folder = dirname(real);
  const git = (...words: string[]) =>
    execFileSync('git', words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: LIMIT.specBytes + 1 });
  let commit: string;
  let inTree: string;
  try {
    commit = git('rev-parse', '--verify', '--end-of-options', `${reference}^{commit}`).toString().trim();
    const top = realpathSync(git('rev-parse', '--show-toplevel').toString().trim());
    inTree = relative(top, folder).split(sep).join('/');
  } catch {
    throw new ScanError(`--base ${reference} is neither a file nor a commit of this repository.`);
  }
  return {
    entry: basename(real),
    read(name) {
      const wanted = posix.normalize(name);
      if (wanted.startsWith('../') || posix.isAbsolute(wanted))
        throw new ScanError(`$ref ${name} leads out of the folder of the description.`);
      try {
        return git('cat-file', 'blob', `${commit}:${posix.join(inTree, wanted)}`);
      } catch {
        throw new ScanError(`${name} cannot be read in ${reference}, or is larger than 10 MB.`);
      }
    },
  };
}
