import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './ui/page.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createAppRouter } from './router.tsx';
import { cssVariables, theme } from './theme.ts';
import { createOptionsProxy, createQueryClient, TRPCProvider, trpcClient } from './trpc.ts';

const queryClient = createQueryClient({
  onSignedOut: () => {
    const { href, pathname } = router.state.location;
    if (pathname === '/sign-in') return;
    void router.navigate({ to: '/sign-in', search: { redirect: href }, replace: true }).then(() => queryClient.clear());
  },
});
const router = createAppRouter({ queryClient, trpc: createOptionsProxy(queryClient) });

// A new page is read from its beginning, also by those who do not see it change.
router.subscribe('onResolved', ({ pathChanged, fromLocation }) => {
  if (pathChanged && fromLocation !== undefined)
    (document.getElementById('detail') ?? document.getElementById('main'))?.focus({ preventScroll: true });
});

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <QueryClientProvider client={queryClient}>
        <TRPCProvider trpcClient={trpcClient} queryClient={queryClient}>
          <RouterProvider router={router} />
        </TRPCProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
