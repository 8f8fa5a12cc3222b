import { defineConfig } from 'vite';

const isScan = process.env['CLI_PART'] === 'scan';

// Two files for Node with everything in them: the package that is installed has no dependencies. The second holds the
// libraries of `scan`, so that no other command loads them.
export default defineConfig({
  build: {
    ssr: isScan ? 'src/scan/analysis-worker.ts' : 'src/main.ts',
    outDir: 'dist',
    emptyOutDir: !isScan,
    target: 'node22',
    rolldownOptions: { output: { entryFileNames: isScan ? 'analysis-worker.js' : 'reqbase.js', codeSplitting: false } },
  },
  ssr: { noExternal: true },
});
