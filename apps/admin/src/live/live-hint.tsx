import { Affix, Loader, Paper, Text } from '@mantine/core';
import { useLive } from './use-live.ts';

/** Keeps the pages of a project up to date, and says so when it cannot. */
export function LiveHint({ projectId }: { readonly projectId: string }) {
  const isLate = useLive(projectId);
  return (
    <Affix position={{ top: 64, left: '50%' }} style={{ transform: 'translateX(-50%)' }} role="status">
      {isLate && (
        <Paper withBorder shadow="sm" px="sm" py={6} display="flex" style={{ alignItems: 'center', gap: 8 }}>
          <Loader size={14} />
          <Text size="sm" style={{ whiteSpace: 'nowrap' }}>
            Reconnecting… What is shown may be old.
          </Text>
        </Paper>
      )}
    </Affix>
  );
}
