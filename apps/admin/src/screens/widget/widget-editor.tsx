import { Alert, Button, Group, List, Paper, SegmentedControl, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { readFailure } from '../../failure.ts';
import { useTRPC } from '../../trpc.ts';
import { ConflictAlert } from '../../ui/conflict-alert.tsx';
import { LeaveGuard } from '../../ui/leave-guard.tsx';
import { notifyDone, notifyUndoable } from '../../ui/notify.tsx';
import { plural } from '../../ui/number-format.ts';
import { AccessSection } from './access-section.tsx';
import { AppearanceSection } from './appearance-section.tsx';
import type { Edit } from './edit.ts';
import { HoursSection } from './hours-section.tsx';
import { OfferSection } from './offer-section.tsx';
import { Preview } from './preview.tsx';
import classes from './widget.module.css';
import { contested, type Draft, faultsOf, fieldsOf, previewed, rebased, type WidgetConfig, withChange } from './widget-values.ts';
import { FIELD_WORDS } from './widget-words.ts';

type WidgetEditorProps = {
  readonly projectId: string;
  readonly projectName: string;
  readonly present: WidgetConfig;
  readonly isReadOnly: boolean;
  readonly hasExtras: boolean;
};

/** The form and, beside it, the widget as it would be. */
export function WidgetEditor({ projectId, projectName, present, isReadOnly, hasExtras }: WidgetEditorProps) {
  const [held, setHeld] = useState<Draft>({ base: present, changes: {} });
  const [shown, setShown] = useState<string>('form');
  // As long as nothing was changed here, what somebody else saves simply appears.
  const draft = fieldsOf(held.changes).length === 0 ? { base: present, changes: {} } : held;
  const { isSaving, error, save, reset } = useSave(projectId, () => setHeld({ base: present, changes: {} }));
  const faults = faultsOf(draft.changes);
  const edit: Edit = {
    values: { ...draft.base, ...draft.changes },
    set: (change) => setHeld((latest) => withChange(fieldsOf(latest.changes).length === 0 ? draft : latest, change)),
    faults,
    isReadOnly: isReadOnly || isSaving,
    hasExtras,
  };
  const replace = (next: Draft) => {
    reset();
    setHeld(next);
  };
  const discard = () => {
    replace({ base: present, changes: {} });
    notifyUndoable('The changes are discarded.', () => setHeld(rebased(draft, present)));
  };
  // While it is saved here, the news of that may come first.
  const isOutdated = !isSaving && draft.base.version !== present.version;
  return (
    <>
      <SegmentedControl
        hiddenFrom="lg"
        fullWidth
        mb="md"
        aria-label="Show"
        data={[
          { value: 'form', label: 'Settings' },
          { value: 'preview', label: 'Preview' },
        ]}
        value={shown}
        onChange={setShown}
      />
      <div className={classes.columns}>
        <form
          className={classes.form ?? ''}
          data-hidden={shown !== 'form'}
          aria-label="Widget"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            const wrong = event.currentTarget.querySelector<HTMLElement>('[aria-invalid=true]');
            if (Object.keys(faults).length > 0) wrong?.focus();
            else if (fieldsOf(draft.changes).length > 0) save(draft);
          }}
        >
          <AppearanceSection edit={edit} />
          <OfferSection edit={edit} />
          <AccessSection edit={edit} />
          <HoursSection edit={edit} projectId={projectId} />
          {!isReadOnly && (
            <Paper withBorder className={classes.bar ?? ''}>
              {isOutdated && (
                <Conflict
                  draft={draft}
                  present={present}
                  onKeep={() => replace(rebased(draft, present))}
                  onDiscard={() => replace({ base: present, changes: {} })}
                />
              )}
              {error !== null && !isOutdated && (
                <Alert color="red" role="alert" icon={<IconAlertTriangle size={18} />} title={error.message}>
                  Nothing was saved. {error.requestId !== null && `Request ${error.requestId}`}
                </Alert>
              )}
              <SaveLine draft={draft} faults={faults} isSaving={isSaving} isBlocked={isOutdated} onDiscard={discard} />
            </Paper>
          )}
        </form>
        <div className={classes.aside ?? ''} data-hidden={shown !== 'preview'}>
          <Preview slug={projectId} projectName={projectName} values={previewed(draft)} />
        </div>
      </div>
      <LeaveGuard isDirty={fieldsOf(draft.changes).length > 0 && !isSaving} />
    </>
  );
}

function useSave(projectId: string, onSaved: () => void) {
  const trpc = useTRPC();
  const queryClient = useQueryClient();
  const saving = useMutation(
    trpc.widget.update.mutationOptions({
      meta: { showsFailure: true },
      // Then it is said what the present one is.
      onError: (error) =>
        readFailure(error).code === 'PRECONDITION_FAILED' &&
        queryClient.invalidateQueries(trpc.widget.get.queryFilter({ projectId })),
      onSuccess: (saved) => {
        queryClient.setQueryData(trpc.widget.get.queryKey({ projectId }), saved);
        void queryClient.invalidateQueries(trpc.projects.get.queryFilter({ projectId }));
        onSaved();
        notifyDone('The widget is saved. Pages show it within a minute.');
      },
    }),
  );
  return {
    isSaving: saving.isPending,
    error: saving.isError ? readFailure(saving.error) : null,
    save: ({ base, changes }: Draft) => saving.mutate({ projectId, ...changes, ifVersion: base.version }),
    reset: saving.reset,
  };
}

type SaveLineProps = {
  readonly draft: Draft;
  readonly faults: Readonly<Record<string, string>>;
  readonly isSaving: boolean;
  readonly isBlocked: boolean;
  readonly onDiscard: () => void;
};

function SaveLine({ draft, faults, isSaving, isBlocked, onDiscard }: SaveLineProps) {
  const changed = fieldsOf(draft.changes);
  const wrong = changed.filter((field) => faults[field] !== undefined);
  return (
    <Group justify="space-between" gap="sm" p="sm">
      <Text size="sm" role="status" {...(wrong.length > 0 ? { c: 'var(--mantine-color-error)' } : { c: 'dimmed' })}>
        {wrong.length > 0
          ? `Not right yet: ${wrong.map((field) => FIELD_WORDS[field]).join(', ')}`
          : changed.length === 0
            ? 'Everything is saved.'
            : plural(changed.length, 'unsaved change')}
      </Text>
      <Group gap="xs" ml="auto">
        <Button variant="default" disabled={changed.length === 0 || isSaving} onClick={onDiscard}>
          Discard
        </Button>
        <Button type="submit" loading={isSaving} disabled={changed.length === 0 || isBlocked}>
          Save
        </Button>
      </Group>
    </Group>
  );
}

type ConflictProps = {
  readonly draft: Draft;
  readonly present: WidgetConfig;
  readonly onKeep: () => void;
  readonly onDiscard: () => void;
};

function Conflict({ draft, present, ...answers }: ConflictProps) {
  const both = contested(draft, present);
  return (
    <ConflictAlert what="the widget" {...answers}>
      {both.length > 0 && (
        <>
          {' '}
          You have both changed:
          <List size="sm">
            {both.map((field) => (
              <List.Item key={field}>{FIELD_WORDS[field]}</List.Item>
            ))}
          </List>
        </>
      )}
    </ConflictAlert>
  );
}
