import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of somebody's own with these files in it. Gives its path. */
export function folderOf(files: Readonly<Record<string, string | object>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'reqbase-scan-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

/** A small description, with whatever else of `paths`. */
export function openapi(paths: object, more: object = {}): object {
  return {
    openapi: '3.1.0',
    info: { title: 'Billing API', version: '1.0.0', description: 'Charges.', contact: { name: 'Billing' } },
    servers: [{ url: 'https://billing.example.com' }],
    paths,
    ...more,
  };
}
