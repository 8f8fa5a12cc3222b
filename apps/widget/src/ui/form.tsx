import { useEffect, useRef, useState } from 'preact/hooks';
import type { Category } from '../contract.ts';
import { ApiError } from '../live-api.ts';
import type { Draft } from '../store.ts';
import { newKey } from '../store.ts';
import { asksForEmail, ERROR_STEPS, type Faults, faultsOf, submissionOf } from '../submission.ts';
import { fill } from '../words.ts';
import { useConfig, useWidget, useWords } from './context.ts';
import { useAct } from './load.ts';
import { Failure, Screen, SendButton, TextField } from './parts.tsx';
import { PictureField } from './picture-field.tsx';
import { Similar } from './similar.tsx';
import { Stars } from './stars.tsx';

/** What a category asks for, and sending it. What is typed stays in the draft until the server has it. */
export function Form({ category }: { category: Category }) {
  const widget = useWidget();
  const words = useWords();
  const config = useConfig();
  const draft = widget.draftOf(category);
  const asking = { collectEmail: config.collectEmail, hasEmail: widget.hasEmail() };
  const [, render] = useState(0);
  const [faults, setFaults] = useState<Faults>({});
  const { isBusy, error, run } = useAct();
  const form = useRef<HTMLFormElement>(null);

  const change = (changes: Partial<Draft>) => {
    // Other content is another submission, whatever became of the one before.
    Object.assign(draft, changes, { key: newKey(), sent: null });
    for (const field of Object.keys(changes)) delete faults[field as keyof Draft];
    render((n) => n + 1);
  };
  const isLastStep = category !== 'ERROR' || draft.step >= ERROR_STEPS.length;

  // Each time something is found wrong
  useEffect(() => {
    if (Object.keys(faults).length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [faults]);

  const submit = (event: Event) => {
    event.preventDefault();
    const found = faultsOf(category, draft, asking);
    setFaults(found);
    if (Object.keys(found).length > 0) return;
    if (!isLastStep) {
      draft.step++;
      render((n) => n + 1);
      return;
    }
    run(async () => {
      const about = { diagnostics: widget.diagnostics(), pageUrl: widget.pageUrl(), hasEmail: asking.hasEmail };
      draft.sent ??= submissionOf(category, draft, config, about);
      try {
        await widget.api.submit(draft.sent, draft.key);
      } catch (failure) {
        // What is offered has changed since the page was loaded.
        if (failure instanceof ApiError && failure.code === 'NOT_OFFERED')
          widget.store.set({ config: await widget.api.config() });
        if (failure instanceof ApiError && failure.fields.includes('email')) setFaults({ email: 'wrongEmail' });
        throw failure;
      }
      widget.clearDraft(category);
      widget.replace({ name: 'sent', category });
    });
  };
  const text = (field: 'title' | 'text' | 'doing' | 'expected' | 'happened' | 'email' | 'name') => ({
    value: draft[field],
    onInput: (value: string) => change({ [field]: value }),
    error: faults[field] && words[faults[field]],
    name: field,
  });

  return (
    <Screen title={words[category]} isForm>
      <form ref={form} onSubmit={submit} noValidate>
        {category === 'FEATURE' && (
          <>
            <TextField label={words.titleLabel} hint={words.titleHint} max={200} {...text('title')} />
            <Similar title={draft.title} />
            <TextField label={words.detailsLabel} hint={words.detailsHint} max={10_000} rows={4} isOptional {...text('text')} />
          </>
        )}
        {category === 'ERROR' && (
          <ErrorStep key={draft.step} step={draft.step} field={text(ERROR_STEPS[draft.step - 1] ?? 'doing')} />
        )}
        {category === 'FEEDBACK' && (
          <>
            <Stars value={draft.rating} onChange={(rating) => change({ rating })} error={faults.rating && words[faults.rating]} />
            <TextField label={words.feedbackLabel} max={10_000} rows={4} isOptional {...text('text')} />
          </>
        )}
        {category === 'OTHER' && <TextField label={words.questionLabel} max={10_000} rows={5} {...text('text')} />}
        {isLastStep && (
          <>
            {config.screenshotEnabled && <PictureField picture={draft.picture} onChange={(picture) => change({ picture })} />}
            {asksForEmail(asking) && (
              <TextField
                label={words.emailLabel}
                hint={words.emailHint}
                isEmail
                max={320}
                isOptional={config.collectEmail === 'optional'}
                {...text('email')}
              />
            )}
            {config.diagnosticsEnabled && (
              <label class="check">
                <input
                  type="checkbox"
                  checked={draft.withDiagnostics}
                  onChange={(event) => change({ withDiagnostics: event.currentTarget.checked })}
                />
                <span>{words.diagnostics}</span>
              </label>
            )}
          </>
        )}
        <Failure error={error} />
        <div class="row actions">
          {category === 'ERROR' && draft.step > 1 && (
            <button type="button" class="secondary" onClick={() => change({ step: draft.step - 1 })}>
              {words.back}
            </button>
          )}
          <SendButton isBusy={isBusy} label={isLastStep ? words.send : words.next} />
        </div>
      </form>
    </Screen>
  );
}

type StepField = { value: string; onInput: (value: string) => void; error: string | undefined; name: string };

function ErrorStep({ step, field }: { step: number; field: StepField }) {
  const words = useWords();
  const widget = useWidget();
  const box = useRef<HTMLDivElement>(null);
  const labels = [words.doingLabel, words.expectedLabel, words.happenedLabel];
  useEffect(() => {
    // The first step takes the focus with its screen.
    if (step > 1 && !widget.isPreview) box.current?.querySelector('textarea')?.focus();
  }, [step, widget]);
  return (
    <div ref={box}>
      <p class="step" role="status">
        {fill(words.step, { n: step, of: ERROR_STEPS.length })}
      </p>
      <div class="steps" aria-hidden="true">
        {ERROR_STEPS.map((name, index) => (
          <i key={name} class={index < step ? 'on' : ''} />
        ))}
      </div>
      <TextField label={labels[step - 1] ?? ''} max={5_000} rows={4} {...field} />
    </div>
  );
}

/** It has arrived. */
export function Sent({ category }: { category: Category }) {
  const widget = useWidget();
  const words = useWords();
  const config = useConfig();
  const answers = category !== 'FEATURE' && config.chatEnabled;
  return (
    <Screen title={words.sentTitle}>
      <div class="sent">
        <svg width="56" height="56" viewBox="0 0 56 56" fill="none" aria-hidden="true">
          <circle cx="28" cy="28" r="26" stroke="currentColor" stroke-width="2.5" />
          <path d="m18 29 7 7 14-15" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round" />
        </svg>
        <p role="status">
          {words.sentText} {answers && words.sentAnswer}
        </p>
        <div class="row actions">
          <button type="button" class="secondary" onClick={() => widget.replace({ name: 'mine' })}>
            {words.mine}
          </button>
          <button type="button" class="primary" onClick={widget.back}>
            {words.done}
          </button>
        </div>
      </div>
    </Screen>
  );
}
