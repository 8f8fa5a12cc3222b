import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { filesOfCommit } from './files.ts';
import { folderOf } from './testing.ts';

/** A repository with these files and links in its one commit. */
function repositoryOf(files: Readonly<Record<string, string>>, links: Readonly<Record<string, string>>): string {
  const folder = folderOf(files);
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(folder, name));
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...words], { cwd: folder, stdio: 'pipe' });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-qm', 'First');
  return folder;
}

function relink(folder: string, name: string, target: string): void {
  rmSync(join(folder, name));
  symlinkSync(target, join(folder, name));
}

function contentOf(path: string, name?: string): string {
  const files = filesOfCommit('main', path);
  return files.read(name ?? files.entry).toString();
}

const versions = { 'api/v1/a.json': 'one', 'api/v1/i.json': 'one of one', 'api/v2/a.json': 'two', 'api/v2/i.json': 'one of two' };

it('a link leads in a commit to what it led to then, with the files beside that', () => {
  const folder = repositoryOf(versions, { 'api/now.json': 'v1/a.json' });
  const path = join(folder, 'api/now.json');
  relink(folder, 'api/now.json', 'v2/a.json');
  expect([contentOf(path), contentOf(path, 'i.json')]).toEqual(['one', 'one of one']);
});

it('a link to a folder leads in a commit to the folder that it led to then', () => {
  const folder = repositoryOf(versions, { 'api/now': 'v1', 'a.json': 'api/now/../v1/./a.json' });
  relink(folder, 'api/now', 'v2');
  expect(contentOf(join(folder, 'api/now/a.json'))).toBe('one');
  expect(contentOf(join(folder, 'a.json'))).toBe('one');
});

it('a file is read in a commit where today a link stands in its place, and through a link that is a file today', () => {
  const folder = repositoryOf({ ...versions, 'file.json': 'plain' }, { 'link.json': 'api/v1/a.json' });
  relink(folder, 'file.json', 'api/v2/a.json');
  rmSync(join(folder, 'link.json'));
  writeFileSync(join(folder, 'link.json'), 'today');
  expect([contentOf(join(folder, 'file.json')), contentOf(join(folder, 'link.json'))]).toEqual(['plain', 'one']);
});

it('a link is read in a commit where what it leads to is no more, or is elsewhere now', () => {
  const folder = repositoryOf(versions, { 'now.json': 'api/v1/a.json', 'next.json': 'now.json' });
  relink(folder, 'now.json', join(folderOf({ 'a.json': 'elsewhere' }), 'a.json'));
  rmSync(join(folder, 'api/v1'), { recursive: true });
  expect([contentOf(join(folder, 'now.json')), contentOf(join(folder, 'next.json'))]).toEqual(['one', 'one']);
});

it('a repository is read through links from without', () => {
  const links = folderOf({});
  symlinkSync(join(repositoryOf(versions, {}), 'api'), join(links, 'api'));
  symlinkSync(join(links, 'api/v1/a.json'), join(links, 'a.json'));
  expect(contentOf(join(links, 'api/v1/a.json'))).toBe('one');
  expect(contentOf(join(links, 'a.json'))).toBe('one');
});

it.each([
  ['out of the repository', '../a.json'],
  ['to a place of the disk', '/etc/hostname'],
  ['to itself', 'now.json'],
])('a link that leads %s in a commit is not followed', (_what, target) => {
  const path = join(repositoryOf(versions, { 'now.json': target }), 'now.json');
  expect(() => contentOf(path)).toThrow('now.json leads out of the repository in main, or nowhere.');
});

it('a link beside the description leads in a commit within its folder, and no further', () => {
  const folder = repositoryOf(versions, { 'api/v1/in.json': 'i.json', 'api/v1/out.json': '../v2/i.json' });
  const path = join(folder, 'api/v1/a.json');
  expect(contentOf(path, 'in.json')).toBe('one of one');
  for (const name of ['out.json', '../v2/i.json', 'x/../../v2/i.json', '/etc/hostname'])
    expect(() => contentOf(path, name), name).toThrow(`$ref ${name} leads out of the folder of the description.`);
  expect(() => contentOf(path, 'none.json')).toThrow('none.json cannot be read in main');
});
