import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const { resolve } = createRequire(import.meta.url);

export type LargeDescription = {
  readonly name: string;
  readonly endpoints: number;
  /** Puts it into a folder. Gives its path. */
  readonly writeTo: (folder: string) => string;
};

/** Public descriptions that npm packages carry, for the tests and the bench. */
export const LARGE_DESCRIPTIONS: readonly LargeDescription[] = [
  {
    name: 'Kubernetes 1.13, indented',
    endpoints: 1_014,
    writeTo(folder) {
      const packed = readFileSync(resolve('kubernetes-client/lib/specs/swagger-1.13.json.gz'));
      return write(folder, 'kubernetes.json', JSON.stringify(JSON.parse(gunzipSync(packed).toString()), null, 4));
    },
  },
  {
    name: 'GitHub',
    endpoints: 706,
    writeTo: (folder) => write(folder, 'github.json', readFileSync(resolve('@octokit/openapi/generated/api.github.com.json'))),
  },
  {
    name: 'GitHub Enterprise Server 2.22',
    endpoints: 631,
    writeTo: (folder) => write(folder, 'ghes.json', readFileSync(resolve('@octokit/openapi/generated/ghes-2.22.json'))),
  },
];

function write(folder: string, name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
