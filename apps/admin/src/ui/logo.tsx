import { Group, Text } from '@mantine/core';

export function Logo({ size = 'md' }: { readonly size?: 'md' | 'lg' }) {
  const pixels = size === 'lg' ? 32 : 26;
  return (
    <Group gap={8} wrap="nowrap" justify={size === 'lg' ? 'center' : 'flex-start'}>
      <img src="/favicon.svg" width={pixels} height={pixels} alt="" />
      <Text fw={650} fz={size === 'lg' ? 20 : 16} lh={1} component="span">
        Reqbase
      </Text>
    </Group>
  );
}
