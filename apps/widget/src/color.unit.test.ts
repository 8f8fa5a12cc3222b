import { expect, it } from 'vitest';
import { contrast, READABLE, readableOn, textOn } from './color.ts';

const STEPS = Array.from({ length: 16 }, (_, n) => (n * 17).toString(16).padStart(2, '0'));
/** 4,096 colours, evenly spread. */
const COLORS = STEPS.flatMap((r) => STEPS.flatMap((g) => STEPS.map((b) => `#${r}${g}${b}`)));

it('contrast is that of WCAG, and the same both ways', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
  expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 1);
  expect(contrast('#4F46E5', '#f4f5f7')).toBe(contrast('#f4f5f7', '#4f46e5'));
});

it('what is written on any colour can be read', () => {
  expect(COLORS.filter((background) => contrast(textOn(background), background) < READABLE)).toEqual([]);
});

it.each(['#ffffff', '#f4f5f7', '#1d1f23', '#282b30'])(
  'on %s any colour is made readable, and left alone where it is',
  (surface) => {
    expect(COLORS.filter((wanted) => contrast(readableOn(surface, wanted), surface) < READABLE)).toEqual([]);
    const fine = COLORS.filter((wanted) => contrast(wanted, surface) >= READABLE);
    expect(fine.filter((wanted) => readableOn(surface, wanted) !== wanted)).toEqual([]);
  },
);

it('what is readable on the tint is readable on the surface', () => {
  expect(COLORS.filter((wanted) => contrast(readableOn('#f4f5f7', wanted), '#ffffff') < READABLE)).toEqual([]);
  expect(COLORS.filter((wanted) => contrast(readableOn('#282b30', wanted), '#1d1f23') < READABLE)).toEqual([]);
});
