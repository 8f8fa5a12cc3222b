import { Kbd, type StyleProp, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { useShortcuts } from './use-shortcuts.ts';

type SearchInputProps = {
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly miw?: StyleProp<string | number>;
};

/** The search of a list, reached with `/`; it tells once the typing pauses. */
export function SearchInput({ placeholder, value, onChange, miw = { base: '100%', sm: 220 } }: SearchInputProps) {
  const [text, setText] = useState(value);
  const [lastValue, setLastValue] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const settle = useDebouncedCallback(onChange, 300);
  useShortcuts([['/', () => input.current?.focus()]]);
  // The value changed by other means: the way back, a link.
  if (value !== lastValue) {
    setLastValue(value);
    if (value !== text.trim()) setText(value);
  }
  return (
    <TextInput
      ref={input}
      aria-label="Search"
      aria-keyshortcuts="/"
      placeholder={placeholder}
      type="search"
      flex={1}
      miw={miw}
      leftSection={<IconSearch size={16} />}
      rightSection={<Kbd size="xs">/</Kbd>}
      maxLength={200}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        settle(event.currentTarget.value);
      }}
    />
  );
}
