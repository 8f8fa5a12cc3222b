import {
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  Modal,
  NavLink,
  Notification,
  Table,
} from '@mantine/core';

const pine: MantineColorsTuple = [
  '#e6f8f5',
  '#d3ede9',
  '#a8dbd3',
  '#79c8bd',
  '#52b7aa',
  '#39ab9e',
  '#1f9a8d',
  '#0d6e68',
  '#0a5e59',
  '#064b47',
];

export const theme = createTheme({
  primaryColor: 'pine',
  colors: { pine },
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: "Inter, 'Segoe UI', system-ui, -apple-system, Roboto, 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.375rem' }, h2: { fontSize: '1.0625rem' }, h3: { fontSize: '0.9375rem' } },
  },
  components: {
    Modal: Modal.extend({
      defaultProps: {
        closeButtonProps: { 'aria-label': 'Close' },
        // Its `<header>` would count as the page's own.
        attributes: { header: { role: 'presentation' } },
      },
      styles: { title: { fontWeight: 600 } },
    }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
    NavLink: NavLink.extend({ styles: { root: { borderRadius: 'var(--mantine-radius-md)' } } }),
    Table: Table.extend({
      styles: { th: { fontSize: 'var(--mantine-font-size-xs)', color: 'var(--mantine-color-dimmed)', whiteSpace: 'nowrap' } },
    }),
  },
});

function lightVariant(color: string, background: string, hover: string, text: string): Record<string, string> {
  const name = `--mantine-color-${color}-light`;
  return { [name]: background, [`${name}-hover`]: hover, [`${name}-color`]: text };
}

/** The library's dimmed text and placeholders are too faint to read (under 4.5 : 1). */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5c636b',
    '--mantine-color-placeholder': '#6b727a',
    '--mantine-color-anchor': 'var(--mantine-color-pine-8)',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-orange-light-color': '#9c3000',
    '--app-canvas': '#f7f8f9',
    '--app-surface': 'var(--mantine-color-white)',
    '--app-border': 'var(--mantine-color-gray-3)',
  },
  dark: {
    '--mantine-color-dimmed': '#a9adb1',
    '--mantine-color-placeholder': '#8f9397',
    '--mantine-color-anchor': 'var(--mantine-color-pine-3)',
    '--mantine-color-error': '#ff8787',
    // The library's own are nearly black, or glow.
    ...lightVariant('pine', '#15403c', '#1a4d48', '#d3ede9'),
    ...lightVariant('gray', '#34373a', '#3d4044', '#e0e2e4'),
    ...lightVariant('orange', '#44301a', '#543b20', '#ffd8a8'),
    ...lightVariant('red', '#4a2323', '#5a2b2b', '#ffc9c9'),
    ...lightVariant('teal', '#173c31', '#1d4a3c', '#c3fae8'),
    '--app-canvas': '#18191b',
    '--app-surface': '#1f2123',
    '--app-border': '#34373a',
  },
});
