import { Image, Modal, Paper, Skeleton, Title, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';

type FeatureScreenshotProps = { readonly projectId: string; readonly featureId: string };

/** The picture that came with a request; a click shows it large. */
export function FeatureScreenshot({ projectId, featureId }: FeatureScreenshotProps) {
  const trpc = useTRPC();
  const [isLarge, dialog] = useDisclosure();
  // It never changes, and is large.
  const picture = useQuery(
    trpc.backlog.getScreenshot.queryOptions({ projectId, id: featureId }, { staleTime: Number.POSITIVE_INFINITY }),
  );
  if (picture.isError) return <ErrorPanel error={picture.error} onRetry={picture.refetch} />;
  const source = picture.data === undefined ? null : `data:${picture.data.mimeType};base64,${picture.data.image}`;
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="screenshot">
      <Title order={2} id="screenshot" mb="sm">
        Screenshot
      </Title>
      {source === null ? (
        <Skeleton height={180} aria-busy="true" />
      ) : (
        <UnstyledButton onClick={dialog.open} aria-label="Show the screenshot large" w="100%">
          <Image src={source} alt="What the requester saw" radius="sm" mah={320} fit="contain" />
        </UnstyledButton>
      )}
      <Modal opened={isLarge} onClose={dialog.close} title="Screenshot" size="min(80rem, 92vw)">
        <Image src={source} alt="What the requester saw" fit="contain" />
      </Modal>
    </Paper>
  );
}
