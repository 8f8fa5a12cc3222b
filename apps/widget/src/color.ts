// Any colour may be configured; what is written on it, and in it, stays readable (WCAG 2.2 §1.4.3: 4.5 to 1).

type Rgb = readonly [number, number, number];
export const READABLE = 4.5;

function parse(hex: string): Rgb {
  const [, r = '4f', g = '46', b = 'e5'] = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(hex) ?? [];
  return [Number.parseInt(r, 16), Number.parseInt(g, 16), Number.parseInt(b, 16)];
}

function format(rgb: Rgb): string {
  return `#${rgb.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`;
}

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((channel) => {
    const c = channel / 255;
    return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** From 1 (the same) to 21 (black and white). */
export function contrast(a: string, b: string): number {
  const [x, y] = [luminance(parse(a)), luminance(parse(b))];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** Black or white, whichever is read better on the colour: one of them always has 4.5 to 1. */
export function textOn(color: string): string {
  return contrast(color, '#ffffff') >= READABLE || contrast(color, '#ffffff') >= contrast(color, '#000000')
    ? '#ffffff'
    : '#000000';
}

/** The colour itself if it can be read on the surface, else the nearest one towards black or white that can. */
export function readableOn(surface: string, color: string): string {
  const end: Rgb = textOn(surface) === '#ffffff' ? [255, 255, 255] : [0, 0, 0];
  const from = parse(color);
  for (let step = 0; step <= 20; step++) {
    const share = step / 20;
    const mixed = format(from.map((channel, i) => channel + ((end[i] ?? 0) - channel) * share) as unknown as Rgb);
    if (contrast(mixed, surface) >= READABLE) return mixed;
  }
  return format(end);
}
