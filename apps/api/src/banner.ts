import type { LoadedDemo } from './demo.ts';

export type Banner = { readonly url: string; readonly hasAdmin: boolean; readonly demo: LoadedDemo | null };

/** Tells a person at the terminal where everything is. Secrets of the demo only in the run that made them. */
export function printBanner({ url, hasAdmin, demo }: Banner): void {
  const lines = ['', '  Reqbase is ready.', ''];
  lines.push(`  Admin      ${hasAdmin ? url : 'not built: run `npm start`, or the Vite server of `npm run dev`'}`);
  lines.push(`  API docs   ${url}/docs`);
  if (demo !== null) {
    lines.push('', `  Demo owner ${demo.email}`, `  Password   ${demo.password}`, `  Demo key   ${demo.apiKey}`);
    lines.push(
      '',
      '  Shown this once. Try:',
      '',
      `  curl -H "Authorization: Bearer ${demo.apiKey}" "${url}/p/demo/api/v1/features?limit=3"`,
    );
  }
  process.stdout.write(`${lines.join('\n')}\n\n`);
}
