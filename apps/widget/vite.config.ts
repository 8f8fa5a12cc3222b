import preact from '@preact/preset-vite';
import { defineConfig } from 'vite';

// One classic script: a page loads it with one tag, and nothing of it reaches the page's own scope but `window.Reqbase`.
export default defineConfig({
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false })],
  build: {
    outDir: 'dist',
    // `dialog`, style sheets in shadow roots and `inset` are there from these on.
    target: ['chrome99', 'edge99', 'firefox101', 'safari16.4'],
    cssMinify: true,
    lib: { entry: 'src/main.ts', formats: ['iife'], name: 'ReqbaseWidget', fileName: () => 'widget.js' },
  },
});
