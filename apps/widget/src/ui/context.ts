import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import type { State } from '../store.ts';
import type { Widget } from '../widget.ts';
import type { Words } from '../words-en.ts';

export const WidgetContext = createContext<Widget | null>(null);

export function useWidget(): Widget {
  const widget = useContext(WidgetContext);
  if (widget === null) throw new Error('outside of the widget');
  return widget;
}

export function useStore(widget: Widget): State {
  const [state, setState] = useState(widget.store.get());
  useEffect(() => {
    setState(widget.store.get());
    return widget.store.subscribe(() => setState(widget.store.get()));
  }, [widget]);
  return state;
}

export function useConfig(): State['config'] {
  return useStore(useWidget()).config;
}

export function useWords(): Words {
  return useStore(useWidget()).words;
}
