import { Drawer } from '@mantine/core';
import type { ReactNode } from 'react';

type DetailsDrawerProps = { readonly isOpen: boolean; readonly onClose: () => void; readonly children: ReactNode };

/** The details where there is no room for them beside the thread. */
export function DetailsDrawer({ isOpen, onClose, children }: DetailsDrawerProps) {
  return (
    <Drawer
      opened={isOpen}
      onClose={onClose}
      position="right"
      size="sm"
      title="Details"
      padding={0}
      closeButtonProps={{ 'aria-label': 'Close' }}
      // Its `<header>` would count as the page's own.
      attributes={{ header: { role: 'presentation' } }}
      styles={{ title: { fontWeight: 600 }, header: { padding: 'var(--mantine-spacing-md)' } }}
    >
      {children}
    </Drawer>
  );
}
