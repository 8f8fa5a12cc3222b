// `generate`: the Prisma client of the peer that does its job in this project's stack. It has the project's own models and the
// plugin's table beside them, as if the plugin had been added to the project.
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const SCHEMA = file('generated/schema');

rmSync(file('generated'), { recursive: true, force: true });
cpSync(file('../packages/db/prisma/schema'), SCHEMA, { recursive: true });
cpSync(file('prisma/schema.prisma'), `${SCHEMA}/base.prisma`);
// As in packages/db/prisma.config.ts: the CLI would download an engine that `generate` does not run.
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath;
execFileSync('prisma', ['generate', '--schema', SCHEMA], { stdio: 'inherit' });
