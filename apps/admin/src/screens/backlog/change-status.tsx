import { Alert, Button, Group, Paper, Select, Stack, Text, Textarea, Title } from '@mantine/core';
import { backlogSchemas } from '@reqbase/core/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { FeaturePicker } from './feature-picker.tsx';
import { OUTCOME_WORDS, STATUS_WORDS } from './feature-words.tsx';
import { choiceOf, faultOf, isChange, OUTCOMES, type Outcome, toStatusChange } from './status-choice.ts';
import { useChangeStatus } from './use-change-status.ts';

type ChangeStatusProps = { readonly projectId: string; readonly feature: backlogSchemas.Feature };

/** Moves the request to another lane; refused if somebody else has changed it since this page read it. */
export function ChangeStatus({ projectId, feature }: ChangeStatusProps) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const [choice, setChoice] = useState(() => choiceOf(feature));
  const [notifyText, setNotifyText] = useState('');
  const changing = useChangeStatus(projectId, feature);
  const fault = faultOf(choice);
  const reload = () => {
    changing.reset();
    void queryClient.invalidateQueries(trpc.backlog.pathFilter());
  };
  const told = notifyText.trim();
  // What nobody is told needs no words.
  const isTold = choice.status !== feature.status && choice.status !== 'NEEDS_ACTION';
  const save = () => {
    if (changing.isPending) return;
    changing.save({ ...toStatusChange(choice), ...(isTold && told !== '' && { notifyText: told }) }, { isTold });
  };
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="status">
      <Title order={2} id="status" mb="sm">
        Status
      </Title>
      <Stack gap="sm">
        <Select
          aria-label="Status"
          data={backlogSchemas.STATUSES_OF[feature.category].map((value) => ({ value, label: STATUS_WORDS[value] }))}
          value={choice.status}
          onChange={(status) => status !== null && setChoice({ ...choice, status })}
          allowDeselect={false}
          readOnly={changing.isPending}
        />
        {choice.status === 'COMPLETED' && (
          <Select
            label="Outcome"
            data={OUTCOMES.map((value) => ({ value, label: value === 'UNSAID' ? 'Not said' : OUTCOME_WORDS[value] }))}
            value={choice.outcome}
            onChange={(outcome) => setChoice({ ...choice, outcome: outcome as Outcome })}
            allowDeselect={false}
            readOnly={changing.isPending}
          />
        )}
        {choice.status === 'COMPLETED' && choice.outcome === 'DUPLICATE' && (
          <FeaturePicker
            label="Duplicate of"
            projectId={projectId}
            exceptId={feature.id}
            value={choice.duplicateOfId}
            onChange={(duplicateOfId) => setChoice({ ...choice, duplicateOfId })}
            readOnly={changing.isPending}
          />
        )}
        {isTold && (
          <Textarea
            label="What subscribers are told"
            description="Those who asked and voted. Leave it empty for the usual words."
            placeholder={backlogSchemas.statusText(toStatusChange(choice)) ?? ''}
            autosize
            minRows={2}
            maxRows={6}
            maxLength={500}
            value={notifyText}
            onChange={(event) => setNotifyText(event.currentTarget.value)}
            readOnly={changing.isPending}
          />
        )}
        {changing.error !== null && <Refusal error={changing.error} onReload={reload} />}
        <Button
          variant="light"
          disabled={!isChange(feature, choice) || fault !== null}
          loading={changing.isPending && !changing.isHeld}
          // While it can be taken back it keeps its place and the focus.
          {...(changing.isHeld && { 'data-disabled': true, 'aria-disabled': true })}
          onClick={save}
        >
          Save status
        </Button>
        <Group justify="space-between" gap="xs" wrap="nowrap" role="status">
          {changing.isHeld && (
            <>
              <Text size="sm">It goes out in a moment.</Text>
              <Button size="compact-sm" variant="subtle" onClick={changing.undo}>
                Undo
              </Button>
            </>
          )}
        </Group>
      </Stack>
    </Paper>
  );
}

function Refusal({ error, onReload }: { readonly error: unknown; readonly onReload: () => void }) {
  const { code, message, requestId } = readFailure(error);
  const isConflict = code === 'PRECONDITION_FAILED';
  return (
    <Alert
      color={isConflict ? 'orange' : 'red'}
      role="alert"
      title={isConflict ? 'Somebody else has changed this request' : message}
    >
      {isConflict ? 'Nothing was saved. Load the present state, then choose again.' : `Request ${requestId}`}
      {isConflict && (
        <Button size="xs" variant="default" mt="xs" display="block" onClick={onReload}>
          Reload request
        </Button>
      )}
    </Alert>
  );
}
