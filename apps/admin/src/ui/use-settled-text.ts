import { useDebouncedCallback } from '@mantine/hooks';
import { useState } from 'react';

/** A text as it is typed, told once the typing pauses. */
export function useSettledText(value: string, onChange: (text: string) => void) {
  const [text, setText] = useState(value);
  const [lastValue, setLastValue] = useState(value);
  const settle = useDebouncedCallback(onChange, 300);
  // The value changed by other means: the way back, a link.
  if (value !== lastValue) {
    setLastValue(value);
    if (value !== text.trim()) setText(value);
  }
  const type = (typed: string) => {
    setText(typed);
    settle(typed);
  };
  return [text, type] as const;
}
