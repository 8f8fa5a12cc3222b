import { Container } from '@mantine/core';
import { type ErrorComponentProps, useRouter } from '@tanstack/react-router';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { PageHeader } from '../../ui/page-header.tsx';

/** When the page itself cannot be shown: the first load failed, or our code did. */
export function BrokenScreen({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const retry = () => {
    reset();
    void router.invalidate();
  };
  return (
    <Container component="section" size="sm" py="xl">
      <PageHeader title="This page cannot be shown" />
      <ErrorPanel error={error} onRetry={retry} />
    </Container>
  );
}
