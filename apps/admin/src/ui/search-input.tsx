import { Kbd, type StyleProp, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useRef } from 'react';
import { useSettledText } from './use-settled-text.ts';
import { useShortcuts } from './use-shortcuts.ts';

type SearchInputProps = {
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly miw?: StyleProp<string | number>;
};

/** The search of a list, reached with `/`; it tells once the typing pauses. */
export function SearchInput({ placeholder, value, onChange, miw = { base: '100%', sm: 220 } }: SearchInputProps) {
  const [text, type] = useSettledText(value, onChange);
  const input = useRef<HTMLInputElement>(null);
  useShortcuts([['/', () => input.current?.focus()]]);
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
      onChange={(event) => type(event.currentTarget.value)}
    />
  );
}
