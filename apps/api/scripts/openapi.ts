// Writes openapi/<surface>.json from the procedures; with --check only says whether the committed ones are up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DOCUMENTED_SURFACES, openApiDocument } from '@reqbase/core/openapi';

const isCheck = process.argv.includes('--check');
for (const surface of Object.values(DOCUMENTED_SURFACES)) {
  const file = fileURLToPath(new URL(`../openapi/${surface.surface}.json`, import.meta.url));
  const text = `${JSON.stringify(openApiDocument(surface), null, 2)}\n`;
  if (!isCheck) {
    writeFileSync(file, text);
  } else if (text !== readFileSync(file, 'utf8')) {
    console.error(
      `openapi/${surface.surface}.json is not what the procedures say. Run \`npm run openapi\` and review the difference.`,
    );
    process.exitCode = 1;
  }
}
