import { Button, Group, Paper, Text, Textarea, Title } from '@mantine/core';
import { type backlogSchemas, type PlanName, planIncludes } from '@reqbase/core/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTRPC } from '../../trpc.ts';
import { notifyDone } from '../../ui/notify.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import classes from './feature-screen.module.css';

/** From which on notes can be written; all can be read. Contract: SCOPES, `notes:write`. */
const NOTE_PLAN = 'pro';

type DeveloperNoteProps = {
  readonly projectId: string;
  readonly feature: backlogSchemas.Feature;
  readonly mayWrite: boolean;
  readonly plan: PlanName;
};

/** What the team keeps for itself about a request. */
export function DeveloperNote({ projectId, feature, mayWrite, plan }: DeveloperNoteProps) {
  const hasPlan = planIncludes(plan, NOTE_PLAN);
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [draft, setDraft] = useState<string | null>(null);
  const writing = useMutation(
    trpc.backlog.writeNote.mutationOptions({
      onSuccess: async () => {
        void queryClient.invalidateQueries(trpc.backlog.list.pathFilter());
        await queryClient.invalidateQueries(trpc.backlog.get.queryFilter({ projectId, id: feature.id }));
        notifyDone('The note is saved.');
        setDraft(null);
      },
    }),
  );
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="note">
      <Group justify="space-between" mb="xs">
        <Title order={2} id="note">
          Developer note
        </Title>
        {mayWrite && hasPlan && draft === null && (
          <Button size="compact-sm" variant="subtle" onClick={() => setDraft(feature.developerNote ?? '')}>
            {feature.developerNote === null ? 'Write' : 'Edit'}
          </Button>
        )}
      </Group>
      {draft === null ? (
        <>
          <NoteText feature={feature} />
          {mayWrite && !hasPlan && (
            <Text size="sm" c="dimmed" mt={4}>
              Writing notes comes with Pro.
            </Text>
          )}
        </>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            writing.mutate({ projectId, id: feature.id, text: draft.trim() === '' ? null : draft });
          }}
        >
          <Textarea
            aria-label="Developer note"
            autosize
            minRows={4}
            maxRows={14}
            maxLength={20_000}
            autoFocus
            value={draft}
            onChange={(event) => setDraft(event.currentTarget.value)}
          />
          <Group justify="flex-end" mt="xs">
            <Button size="xs" variant="default" onClick={() => setDraft(null)}>
              Cancel
            </Button>
            <Button size="xs" type="submit" loading={writing.isPending}>
              Save note
            </Button>
          </Group>
        </form>
      )}
    </Paper>
  );
}

function NoteText({ feature }: Pick<DeveloperNoteProps, 'feature'>) {
  if (feature.developerNote === null) {
    return (
      <Text size="sm" c="dimmed">
        None yet. Users never see it.
      </Text>
    );
  }
  return (
    <>
      <Text size="sm" className={classes.prose ?? ''}>
        {feature.developerNote}
      </Text>
      {feature.developerNoteUpdatedAt !== null && (
        <Text size="xs" c="dimmed" mt={4}>
          Written <TimeAgo at={feature.developerNoteUpdatedAt} />
        </Text>
      )}
    </>
  );
}
