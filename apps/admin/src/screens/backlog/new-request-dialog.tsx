import { Alert, Button, Group, List, Modal, Rating, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { backlogSchemas } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { issuesByField, readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { FormModal } from '../../ui/form-modal.tsx';
import { ButtonLink, TextLink } from '../../ui/links.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { CATEGORY_WORDS } from './feature-words.tsx';
import { EMPTY_REQUEST, type RequestValues, toCreateFeature } from './request-values.ts';
import { TagsField } from './tags-field.tsx';

type NewRequestDialogProps = { readonly projectId: string; readonly onClose: () => void };

export function NewRequestDialog({ projectId, onClose }: NewRequestDialogProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const isNarrow = useIsNarrow();
  const form = useForm<RequestValues>({
    initialValues: EMPTY_REQUEST,
    validate: { title: (title) => (title.trim() === '' ? 'Say in a few words what is asked for.' : null) },
  });
  const creating = useMutation(
    trpc.backlog.create.mutationOptions({
      meta: { showsFailure: true },
      onError: (error) => form.setErrors(issuesByField(readFailure(error))),
      onSuccess: ({ id, number, possibleDuplicates }) => {
        void queryClient.invalidateQueries(trpc.backlog.pathFilter());
        notifyDone(`Request #${number} is created.`);
        if (possibleDuplicates.length === 0)
          void navigate({ to: '/projects/$slug/backlog/$featureId', params: { slug: projectId, featureId: id } });
      },
    }),
  );
  if (creating.isSuccess) {
    return (
      <Modal opened onClose={onClose} title="Is this a duplicate?" size="lg">
        <PossibleDuplicates projectId={projectId} created={creating.data} />
      </Modal>
    );
  }
  const { category } = form.values;
  return (
    <FormModal isDirty={form.isDirty()} onClose={onClose} title="New request" size="lg" fullScreen={isNarrow}>
      <form onSubmit={form.onSubmit((values) => creating.mutate(toCreateFeature(projectId, values)))} noValidate>
        <Stack>
          {creating.isError && (
            <Alert color="red" role="alert" title={creating.error.message}>
              Request {readFailure(creating.error).requestId}
            </Alert>
          )}
          <TextInput label="Title" withAsterisk maxLength={200} data-autofocus {...form.getInputProps('title')} />
          <Textarea
            label="Description"
            autosize
            minRows={3}
            maxRows={10}
            maxLength={10_000}
            {...form.getInputProps('description')}
          />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <Select
              label="Category"
              data={backlogSchemas.FeatureCategory.options.map((value) => ({ value, label: CATEGORY_WORDS[value] }))}
              allowDeselect={false}
              {...form.getInputProps('category')}
            />
            <TagsField
              projectId={projectId}
              label="Tags"
              placeholder={form.values.tags.length === 0 ? 'Press Enter after each' : ''}
              {...form.getInputProps('tags')}
            />
          </SimpleGrid>
          {category === 'ERROR' && (
            <>
              <TextInput label="What they were doing" maxLength={5_000} {...form.getInputProps('doing')} />
              <TextInput label="What they expected" maxLength={5_000} {...form.getInputProps('expected')} />
              <TextInput label="What happened" maxLength={5_000} {...form.getInputProps('happened')} />
            </>
          )}
          {category === 'FEEDBACK' && (
            <div>
              <Text size="sm" fw={500} mb={4} id="rating-label">
                Rating
              </Text>
              <Rating
                aria-labelledby="rating-label"
                getSymbolLabel={(value) => `${value} of 5`}
                {...form.getInputProps('rating')}
              />
            </div>
          )}
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            <TextInput
              label="Requester’s e-mail"
              type="email"
              maxLength={320}
              {...form.getInputProps('requesterEmail')}
              error={form.errors.requester}
            />
            <TextInput label="Requester’s name" maxLength={200} {...form.getInputProps('requesterName')} />
          </SimpleGrid>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={creating.isPending}>
              Create request
            </Button>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}

function PossibleDuplicates({
  projectId,
  created,
}: {
  readonly projectId: string;
  readonly created: backlogSchemas.CreatedFeature;
}) {
  const linkTo = (featureId: string) =>
    ({ to: '/projects/$slug/backlog/$featureId', params: { slug: projectId, featureId } }) as const;
  return (
    <Stack>
      <Text size="sm">#{created.number} is created. Open requests with the same title:</Text>
      <List size="sm">
        {created.possibleDuplicates.map(({ id, number, title }) => (
          <List.Item key={id}>
            <TextLink {...linkTo(id)}>
              #{number} {title}
            </TextLink>
          </List.Item>
        ))}
      </List>
      <Text size="sm">If it is one, open the new request and complete it as a duplicate: its votes move over.</Text>
      <Group justify="flex-end">
        <ButtonLink {...linkTo(created.id)} data-autofocus>
          Open the new request
        </ButtonLink>
      </Group>
    </Stack>
  );
}
