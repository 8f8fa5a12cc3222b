// `generate`: the Prisma client of the peer that does its job in this project's stack. The project's own models, and the
// plugin's table beside them, as they would be if the plugin had been added to the project.
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const SCHEMA = folder('generated/schema');

rmSync(folder('generated'), { recursive: true, force: true });
cpSync(folder('../packages/db/prisma/schema'), SCHEMA, { recursive: true });
// Last: its generator takes the place of the project's.
cpSync(folder('prisma'), SCHEMA, { recursive: true });
// As in packages/db/prisma.config.ts: the CLI would download an engine that `generate` does not run.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;
execFileSync('prisma', ['generate', '--schema', SCHEMA], { stdio: 'inherit' });
