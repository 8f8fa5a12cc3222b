import { Container } from '@mantine/core';
import { IconMapOff } from '@tabler/icons-react';
import { Blank } from '../../ui/blank.tsx';
import { ButtonLink } from '../../ui/links.tsx';
import { PageHeader } from '../../ui/page-header.tsx';

export function NotFoundScreen({ title = 'Page not found' }: { readonly title?: string }) {
  return (
    <Container component="section" size="sm" py="xl">
      <PageHeader title={title} />
      <Blank
        icon={<IconMapOff size={28} />}
        title="Nothing is here for you"
        description="It may have been removed, or you have no part in it."
      >
        <ButtonLink to="/" variant="default">
          Go to the start
        </ButtonLink>
      </Blank>
    </Container>
  );
}
