import { expect, it } from 'vitest';
import { sourceOf } from './source.ts';

const github = {
  GITHUB_SHA: 'c'.repeat(40),
  GITHUB_REF_NAME: 'main',
  GITHUB_SERVER_URL: 'https://github.example.com',
  GITHUB_REPOSITORY: 'acme/billing',
  GITHUB_RUN_ID: '17',
};
const gitlab = {
  CI_COMMIT_SHA: 'd'.repeat(40),
  CI_COMMIT_REF_NAME: 'release/1',
  CI_JOB_URL: 'https://gitlab.example.com/acme/billing/-/jobs/4',
};

it.each([
  ['of GitHub', github, ['c'.repeat(40), 'main', 'https://github.example.com/acme/billing/actions/runs/17']],
  [
    'of a pull request',
    { ...github, GITHUB_HEAD_REF: 'fix', GITHUB_REF_NAME: '12/merge' },
    ['c'.repeat(40), 'fix', expect.any(String)],
  ],
  ['of GitLab', gitlab, Object.values(gitlab)],
])('a build %s says which commit, branch and run it is', (_what, env, [gitSha, branch, ciUrl]) => {
  expect(sourceOf(env)).toEqual({ gitSha, branch, ciUrl });
});

it('what a build does not say is left out, and all of it elsewhere', () => {
  expect(sourceOf({ PATH: '/bin', GITHUB_SHA: '', CI_COMMIT_REF_NAME: '' })).toBeNull();
  expect(sourceOf({ CI_COMMIT_SHA: 'abc', GITHUB_SERVER_URL: 'https://github.example.com' })).toEqual({ gitSha: 'abc' });
});

it('what is longer than the server takes is cut or left out, and no half of a character is sent', () => {
  const long = sourceOf({
    CI_COMMIT_SHA: 'a'.repeat(65),
    CI_COMMIT_REF_NAME: 'b'.repeat(251),
    CI_JOB_URL: `https://a/${'c'.repeat(500)}`,
  });
  expect(long).toEqual({ branch: `${'b'.repeat(249)}…` });
  expect(sourceOf({ CI_COMMIT_REF_NAME: 'a\ud800' })).toEqual({ branch: 'a\ufffd' });
});
