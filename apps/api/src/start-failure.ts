import { isOutOfReach } from '@reqbase/auth';
import { DataDirLockedError } from '@reqbase/db';
import { EnvError } from './env.ts';

/** Why a start failed: in a line where a person can act on it, else with its stack. */
export function explainFailure(error: unknown): string {
  if (error instanceof EnvError) return error.faults.map((fault) => `reqbase: ${fault}`).join('\n');
  if (error instanceof DataDirLockedError) return `reqbase: ${error.message}. Stop it first, or set another DATA_DIR.`;
  // It answers, and lets nobody in: a wrong name or password (class 28), no such database.
  if (codeOf(error).match(/^(28\w{3}|3D000)$/)) return `reqbase: DATABASE_URL: ${messageOf(error)}`;
  if (codeOf(error).match(/^(EACCES|EEXIST|ENOTDIR|ENOTEMPTY|EPERM|EROFS|ENOSPC)$/) || isOfMaking(error))
    return `reqbase: DATA_DIR: ${messageOf(error)}`;
  if (isOutOfReach(error)) return `reqbase: DATABASE_URL or REDIS_URL: ${messageOf(error)}`;
  return `reqbase: cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

/** That a folder cannot be made, whatever the system says to it. */
function isOfMaking(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'mkdir';
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
