import type { Dispatched } from './dispatch.ts';

/** The page as an answer of ours. */
export function errorAnswer(status: number, error: string, description: string): Dispatched {
  const headers = { 'content-type': 'text/html; charset=utf-8' };
  return { status, headers, cookies: [], body: errorPage(error, description) };
}

const FOR_NOW =
  'Its request cannot be answered right now. Nothing has been granted. Wait a minute, and start again from the app.';
const FOR_GOOD = `Its request is not one that can be answered. Nothing has been granted. You can close this page; if you started this
    yourself, tell the makers of the app what is written below.`;

/** What a person is told of a request that leads nowhere: it is shown here, since it is not known whose redirect it would be. */
export function errorPage(error: string, description: string | undefined): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>This app cannot be connected · Reqbase</title>
    <style>
      :root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
      body { max-width: 34rem; margin: 15vh auto 0; padding: 0 1.25rem; }
      h1 { font-size: 1.4rem; }
      code { overflow-wrap: anywhere; }
    </style>
  </head>
  <body>
    <h1>This app cannot be connected</h1>
    <p>${error === 'temporarily_unavailable' ? FOR_NOW : FOR_GOOD}</p>
    <p><code>${escaped(error)}</code>${description === undefined ? '' : `: ${escaped(description)}`}</p>
  </body>
</html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
