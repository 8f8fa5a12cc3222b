import { readFileSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [out, width, ...files] = process.argv.slice(2);
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--headless', '--no-sandbox', '--disable-gpu'] });
const p = await b.newPage({ viewport: { width: Number(width) * files.length, height: 100 } });
await p.setContent(
  `<body style="margin:0;display:flex;align-items:start">${files.map((f) => `<img style="width:${width}px" src="data:image/png;base64,${readFileSync(f).toString('base64')}">`).join('')}`,
);
await p.screenshot({ path: out, fullPage: true });
await b.close();
