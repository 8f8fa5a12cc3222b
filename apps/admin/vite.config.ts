import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const api = process.env.API_URL ?? 'http://localhost:3100';
const SERVED_BY_API = [
  '/trpc',
  '/api',
  '/p/',
  '/w/',
  '/widget',
  '/openapi',
  '/docs',
  '/healthz',
  '/w/',
  '/widget.js',
  '/widget/',
];

export default defineConfig({
  plugins: [react()],
  build: { outDir: 'dist', target: 'es2022' },
  // The host stays the browser's, so that the API takes the page's origin for its own.
  server: { proxy: Object.fromEntries(SERVED_BY_API.map((path) => [path, { target: api, changeOrigin: false }])) },
});
