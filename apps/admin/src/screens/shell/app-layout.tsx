import { AppShell, Burger, Group, Stack } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet, useRouterState } from '@tanstack/react-router';
import { useState } from 'react';
import { HeldGuard } from '../../ui/held-guard.tsx';
import { TextLink } from '../../ui/links.tsx';
import { Logo } from '../../ui/logo.tsx';
import { ColorSchemeMenu } from './color-scheme-menu.tsx';
import { Navigation } from './navigation.tsx';
import { TenantSwitcher } from './tenant-switcher.tsx';
import { UserMenu } from './user-menu.tsx';

/** The frame around every screen: where you are, where you can go, who you are. */
export function AppLayout() {
  const [isNavigationOpen, navigation] = useDisclosure();
  const pathname = useRouterState({ select: ({ location }) => location.pathname });
  const [shownPath, setShownPath] = useState(pathname);
  // On a phone the navigation covers the page: going somewhere closes it.
  if (shownPath !== pathname) {
    setShownPath(pathname);
    navigation.close();
  }
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 224, breakpoint: 'sm', collapsed: { mobile: !isNavigationOpen } }}
      padding={{ base: 'md', sm: 'xl' }}
    >
      <HeldGuard />
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group wrap="nowrap" gap="md">
            <Burger
              opened={isNavigationOpen}
              onClick={navigation.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={isNavigationOpen ? 'Close navigation' : 'Open navigation'}
              aria-expanded={isNavigationOpen}
            />
            <TextLink to="/" underline="never" c="inherit" aria-label="Reqbase, to the start">
              <Logo />
            </TextLink>
            <Group visibleFrom="sm" gap="xs" wrap="nowrap" ml="md">
              <TenantSwitcher />
            </Group>
          </Group>
          <Group wrap="nowrap" gap="xs">
            <ColorSchemeMenu />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" pt="md" style={{ overflowY: 'auto' }}>
        <Stack hiddenFrom="sm" gap="xs" mb="md">
          <TenantSwitcher />
        </Stack>
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <div className="content">
          <Outlet />
        </div>
      </AppShell.Main>
    </AppShell>
  );
}
