// What must be settled before the first module runs. A file, since the page's policy allows no inline script.

// Before the first paint, or a dark page would flash white.
const chosen = localStorage.getItem('mantine-color-scheme-value');
const isDark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
document.documentElement.setAttribute('data-mantine-color-scheme', isDark ? 'dark' : 'light');

// The policy forbids code made from text as well. Zod would try once, when its first schema is made, and be reported.
globalThis.__zod_globalConfig = { jitless: true };
