import type { ReactNode } from 'react';
import classes from './status-dot.module.css';

export type Tone = 'neutral' | 'waiting' | 'active' | 'good' | 'bad';

/** A word with a coloured dot: the word says it, the dot lets the eye find it. */
export function StatusDot({ tone, children }: { readonly tone: Tone; readonly children: ReactNode }) {
  return (
    <span className={classes.root}>
      <span className={classes.dot} data-tone={tone} aria-hidden="true" />
      {children}
    </span>
  );
}
