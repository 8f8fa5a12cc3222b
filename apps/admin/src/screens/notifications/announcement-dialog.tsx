import { Alert, Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notificationSchemas } from '@reqbase/core/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { issuesByField, readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { FormModal } from '../../ui/form-modal.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { plural } from '../../ui/number-format.ts';
import { useIsNarrow } from '../../ui/use-is-narrow.ts';
import { MAX_A_DAY, sentToday } from './sent-today.ts';

type AnnouncementDialogProps = { readonly projectId: string; readonly onClose: () => void };

/** Says something to everyone who has used the widget. Sent it cannot be taken back, so the button says to whom it goes. */
export function AnnouncementDialog({ projectId, onClose }: AnnouncementDialogProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const isNarrow = useIsNarrow();
  const latest = useQuery(trpc.announcements.list.queryOptions({ projectId, limit: MAX_A_DAY }));
  const sent = sentToday(latest.data?.items ?? [], new Date());
  const form = useForm({
    initialValues: { title: '', body: '' },
    validate: {
      title: (title) => (title.trim() === '' ? 'Say in a few words what is new.' : null),
      body: (body) => (body.trim() === '' ? 'Say a little more.' : null),
    },
  });
  const sending = useMutation(
    trpc.announcements.send.mutationOptions({
      meta: { showsFailure: true },
      onError: (error) => {
        form.setErrors(issuesByField(readFailure(error)));
        // Somebody else may have sent the last one of the day.
        void queryClient.invalidateQueries(trpc.announcements.pathFilter());
      },
      onSuccess: ({ recipientCount }) => {
        void queryClient.invalidateQueries(trpc.notifications.pathFilter());
        void queryClient.invalidateQueries(trpc.announcements.pathFilter());
        notifyDone(`The announcement went to ${plural(recipientCount, 'requester')}.`);
        onClose();
      },
    }),
  );
  const isUsedUp = sent >= MAX_A_DAY;
  return (
    <FormModal isDirty={form.isDirty()} onClose={onClose} title="New announcement" size="lg" fullScreen={isNarrow}>
      <form onSubmit={form.onSubmit((values) => sending.mutate({ projectId, ...values }))} noValidate>
        <Stack>
          {sending.isError && (
            <Alert color="red" role="alert" title={sending.error.message}>
              Nothing was sent. Request {readFailure(sending.error).requestId}
            </Alert>
          )}
          <Text size="sm">
            It goes to everyone who has used the widget, and by e-mail to those whose address is known. It cannot be taken back.
            Who has not read it within 24 hours does not see it any more.
          </Text>
          <TextInput
            label="Title"
            withAsterisk
            maxLength={notificationSchemas.SendAnnouncement.shape.title.maxLength ?? 120}
            data-autofocus
            {...form.getInputProps('title')}
          />
          <Textarea
            label="Text"
            withAsterisk
            autosize
            minRows={4}
            maxRows={12}
            maxLength={2_000}
            {...form.getInputProps('body')}
          />
          <Group justify="space-between">
            <Text size="sm" c="dimmed">
              {isUsedUp
                ? 'Three were sent today; the next is possible from 00:00 UTC.'
                : `${sent} of ${MAX_A_DAY} sent today (UTC).`}
            </Text>
            <Group gap="sm" ml="auto">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={sending.isPending} disabled={isUsedUp}>
                Send to everyone
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </FormModal>
  );
}
