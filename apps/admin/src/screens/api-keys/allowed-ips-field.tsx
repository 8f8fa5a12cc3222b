import { TagsInput } from '@mantine/core';
import { canonicalCidr } from '@reqbase/core/contract';
import type { ReactNode } from 'react';

const MOST_NETWORKS = 50;

type AllowedIpsFieldProps = {
  readonly value: readonly string[];
  readonly onChange: (networks: string[]) => void;
  readonly error: ReactNode;
};

/** The addresses from which a key may be used. */
export function AllowedIpsField({ value, onChange, error }: AllowedIpsFieldProps) {
  return (
    <TagsInput
      label="Allowed addresses"
      description="Networks and addresses that may use the key, such as 203.0.113.0/24. None: any may."
      placeholder={value.length === 0 ? 'Press Enter after each' : ''}
      maxTags={MOST_NETWORKS}
      splitChars={[',', ' ']}
      clearable
      value={[...value]}
      onChange={(texts) => onChange([...new Set(texts.map((text) => canonicalCidr(text) ?? text))])}
      error={error}
    />
  );
}

/** Says which of the texts is no network, or null. */
export function faultOfNetworks(texts: readonly string[]): string | null {
  const wrong = texts.find((text) => canonicalCidr(text) === null);
  return wrong === undefined ? null : `“${wrong}” is neither an address nor a network.`;
}
