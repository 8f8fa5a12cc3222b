import { hash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

// A page with nothing on it but the shapes of one, so that the widget is seen where it will be.
const STYLE = `
:root { color-scheme: light; background: #fbfbfc; --shape: #e9ebee; }
:root[data-scheme="dark"] { color-scheme: dark; background: #131416; --shape: #25272b; }
html, body { height: 100%; margin: 0; overflow: hidden; }
#page { position: absolute; inset: 0; padding: 28px; display: grid; gap: 14px; align-content: start; }
#page i { display: block; height: 12px; border-radius: 6px; background: var(--shape); }
#page i:nth-child(1) { width: 38%; height: 22px; margin-bottom: 10px; }
#page i:nth-child(2) { width: 88%; }
#page i:nth-child(3) { width: 94%; }
#page i:nth-child(4) { width: 72%; }
#page i:nth-child(5) { height: 150px; margin: 10px 0; border-radius: 12px; }
#page i:nth-child(6) { width: 91%; }
#page i:nth-child(7) { width: 64%; }
#place { position: absolute; inset: 0; }
`;

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Preview of the widget</title>
    <style>${STYLE}</style>
  </head>
  <body>
    <div id="page" aria-hidden="true"><i></i><i></i><i></i><i></i><i></i><i></i><i></i></div>
    <main id="place"></main>
    <script src="/widget.js"></script>
    <script src="/widget/preview.js"></script>
  </body>
</html>
`;

const SCRIPT = `// Shows whatever configuration the page around it sends, and says when it can.
let preview;
addEventListener('message', ({ source, data }) => {
  if (source !== parent || data?.kind !== 'reqbase-preview') return;
  document.documentElement.dataset.scheme = data.scheme;
  if (preview === undefined) preview = window.Reqbase.preview(document.getElementById('place'), data.config);
  else preview.update(data.config);
});
parent.postMessage({ kind: window.Reqbase === undefined ? 'reqbase-preview-missing' : 'reqbase-preview-ready' }, '*');
`;

/**
 * The page that the admin shows in a frame: the real widget in an origin of its own, with no session and no way to
 * anything but its own words. What the project's style sheet does to it stays in the frame.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  `style-src 'sha256-${hash('sha256', STYLE, 'base64')}'`,
  'img-src data: blob:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  // Without `allow-forms` the widget's own forms would not even come to its script.
  'sandbox allow-scripts allow-forms',
].join('; ');

/** Serves the frame of the widget's preview: `/widget/preview`. */
export function mountWidgetPreview(app: FastifyInstance): void {
  app.get('/widget/preview', async (_request, reply) =>
    reply
      .header('Content-Security-Policy', POLICY)
      .header('X-Content-Type-Options', 'nosniff')
      .header('Referrer-Policy', 'no-referrer')
      .header('Cache-Control', 'no-cache')
      .type('text/html; charset=utf-8')
      .send(PAGE),
  );
  app.get('/widget/preview.js', async (_request, reply) =>
    reply
      // The frame's origin is nobody's: to it, our own files are another's.
      .header('Cross-Origin-Resource-Policy', 'cross-origin')
      .header('X-Content-Type-Options', 'nosniff')
      .header('Cache-Control', 'no-cache')
      .type('text/javascript; charset=utf-8')
      .send(SCRIPT),
  );
}
