import { defineConfig } from 'vite';

// One file for Node with everything in it: the package that is installed has no dependencies.
export default defineConfig({
  build: {
    ssr: 'src/main.ts',
    outDir: 'dist',
    target: 'node22',
    rolldownOptions: { output: { entryFileNames: 'reqbase.js', codeSplitting: false } },
  },
  ssr: { noExternal: true },
});
