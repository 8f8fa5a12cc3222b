import { useDocumentTitle } from '@mantine/hooks';
import { IconMessages } from '@tabler/icons-react';
import { Blank } from '../../ui/blank.tsx';
import { useProject } from '../projects/use-project.ts';
import { useIsOnePane } from './use-is-one-pane.ts';

/** Where a thread would be, as long as none is open. */
export function NothingOpen() {
  const { name } = useProject();
  useDocumentTitle(`Inbox · ${name} · Reqbase`);
  if (useIsOnePane()) return null;
  return (
    <Blank
      icon={<IconMessages size={28} />}
      title="No conversation is open"
      description="Choose one from the list: with the mouse, or with j, k and Enter."
    />
  );
}
