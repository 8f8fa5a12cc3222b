import { defineConfig } from 'prisma/config';

// Prisma's CLI would download a native schema engine, which this project never runs: `generate` only checks that a file is there.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({ schema: 'prisma/schema', migrations: { path: 'prisma/migrations' } });
