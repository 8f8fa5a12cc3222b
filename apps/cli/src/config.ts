import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { usage } from './failure.ts';

const Config = z.object({
  apiKey: z.string().optional(),
  apiBase: z.string().optional(),
  orgId: z.string().optional(),
  projectId: z.string().optional(),
});
/** What is kept between runs. Source: wire-facts, CLI. */
export type Config = z.infer<typeof Config>;

/** Where it is kept, for its owner's eyes only. */
export function configPath(): string {
  return join(homedir(), '.reqbase', 'config.json');
}

/** @throws {Failure} when the file is there and cannot be read: nothing of it is guessed, and nothing overwritten */
export function readConfig(): Config {
  const path = configPath();
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw usage(`${path} cannot be read.`, error instanceof Error ? error.message : String(error));
  }
  const parsed = Config.safeParse(asJson(text));
  if (!parsed.success) throw usage(`${path} is not a configuration.`, 'Mend it, or remove it and sign in again.');
  return parsed.data;
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Written aside and renamed, so that an interrupted run leaves the old one. */
export function writeConfig(config: Config): void {
  const path = configPath();
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const partial = `${path}.${process.pid}`;
  writeFileSync(partial, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  chmodSync(partial, 0o600);
  renameSync(partial, path);
}

export function removeConfig(): void {
  rmSync(configPath(), { force: true });
}
