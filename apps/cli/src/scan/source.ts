import { cut, LIMIT, type ScanPayload } from './contract.ts';

type Source = NonNullable<ScanPayload['source']>;

/** Which commit, branch and run a build is of, as GitHub and GitLab tell it in the environment; null outside of a build. */
export function sourceOf(env: Readonly<Record<string, string | undefined>>): Source | null {
  const first = (...names: string[]) => names.map((name) => env[name]).find((value) => value !== undefined && value !== '');
  const gitSha = first('GITHUB_SHA', 'CI_COMMIT_SHA');
  // A pull request is built as a merge that has no branch: the head is the branch that it comes from.
  const branch = first('GITHUB_HEAD_REF', 'GITHUB_REF_NAME', 'CI_COMMIT_REF_NAME');
  const ciUrl = runOnGitHub(env) ?? first('CI_JOB_URL');
  const source: Source = {
    // Cut, a commit or an address would be another one.
    ...(gitSha !== undefined && isSendable(gitSha, LIMIT.gitSha) && { gitSha }),
    ...(branch !== undefined && { branch: cut(branch, LIMIT.branch) }),
    ...(ciUrl !== undefined && isSendable(ciUrl, LIMIT.ciUrl) && { ciUrl }),
  };
  return Object.keys(source).length === 0 ? null : source;
}

function runOnGitHub({ GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run }: NodeJS.Dict<string>) {
  return server && repository && run ? `${server}/${repository}/actions/runs/${run}` : undefined;
}

const isSendable = (text: string, length: number) => text.length <= length && text.isWellFormed();
