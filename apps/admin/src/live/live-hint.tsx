import { Loader, Paper, Text } from '@mantine/core';
import classes from './live-hint.module.css';
import { useLive } from './use-live.ts';

/** Keeps the pages of a project up to date, and says so when it cannot. */
export function LiveHint({ projectId }: { readonly projectId: string }) {
  const isLate = useLive(projectId);
  return (
    <div className={classes.hint} role="status">
      {isLate && (
        <Paper withBorder shadow="sm" px="sm" py={6} className={classes.box ?? ''} title="What is shown may be old">
          <Loader size={14} />
          <Text size="sm">Reconnecting…</Text>
        </Paper>
      )}
    </div>
  );
}
