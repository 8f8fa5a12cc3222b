import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { explain } from '../words.ts';
import { useWidget, useWords } from './context.ts';
import { Icon } from './icons.tsx';
import type { Loaded, Pages } from './load.ts';

type Field = {
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: string;
  error?: string | undefined;
  isOptional?: boolean;
};
type TextField = Field & { max: number; rows?: number; isEmail?: boolean; name?: string };

/** A labelled text, with a hint and what is wrong with it. */
export function TextField({
  label,
  value,
  onInput,
  hint,
  error,
  isOptional = false,
  max,
  rows,
  isEmail = false,
  name = '',
}: TextField) {
  const words = useWords();
  const id = useId();
  const notes = [...(hint === undefined ? [] : [`${id}-hint`]), ...(error === undefined ? [] : [`${id}-error`])].join(' ');
  const shared = {
    id,
    value,
    name,
    maxLength: max,
    'aria-invalid': error !== undefined,
    ...(notes !== '' && { 'aria-describedby': notes }),
    onInput: (event: Event) => onInput((event.target as HTMLInputElement).value),
    dir: 'auto' as const,
  };
  return (
    <div class="field">
      <label for={id}>
        {label} {isOptional && <span class="muted">({words.optional})</span>}
      </label>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {isEmail ? (
        <input type="email" autocomplete="email" {...shared} />
      ) : rows === undefined ? (
        <input type="text" autocomplete="off" {...shared} />
      ) : (
        <textarea rows={rows} {...shared} />
      )}
      {error !== undefined && (
        <p class="wrong" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

/** What went wrong, said out loud at once. The place for it is always there: what comes with its text is not always read. */
export function Failure({ error }: { error: unknown }) {
  const words = useWords();
  return <div role="alert">{error !== null && <p class="failure">{explain(words, error)}</p>}</div>;
}

export function SendButton({ isBusy, label }: { isBusy: boolean; label?: string }) {
  const words = useWords();
  // Not `disabled`: the keyboard would lose its place.
  return (
    <button type="submit" class="primary" aria-disabled={isBusy}>
      {isBusy ? words.sending : (label ?? words.send)}
    </button>
  );
}

/** A page of the panel: its name, which takes the focus when the page is shown, and what is on it. */
export function Screen({ title, children, isForm = false }: { title: string; children: ComponentChildren; isForm?: boolean }) {
  const widget = useWidget();
  const words = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  const body = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The page around a preview keeps its focus. On touch, a keyboard that jumps up would hide half of the form.
    if (widget.isPreview) return;
    const field =
      isForm && !matchMedia('(pointer: coarse)').matches ? body.current?.querySelector<HTMLElement>('input, textarea') : null;
    (field ?? heading.current)?.focus();
  }, [widget, isForm]);
  return (
    <>
      <div class="bar">
        <button type="button" class="plain" onClick={widget.back} aria-label={words.back}>
          <Icon name="back" />
        </button>
        <h2 ref={heading} id="title" tabIndex={-1} dir="auto">
          {title}
        </h2>
        <CloseButton />
      </div>
      <div class="body" ref={body}>
        {children}
      </div>
    </>
  );
}

export function CloseButton() {
  const widget = useWidget();
  const words = useWords();
  return (
    <button type="button" class="plain" onClick={widget.close} aria-label={words.close}>
      <Icon name="close" />
    </button>
  );
}

/** The four states of a list. */
export function List<Item>({
  pages,
  empty,
  children,
}: {
  pages: Loaded<Pages<Item>>;
  empty: string;
  children: (item: Item, change: Pages<Item>['change']) => ComponentChildren;
}) {
  const words = useWords();
  if (pages.state === 'pending') return <Pending />;
  if (pages.state === 'failed') return <Failed error={pages.error} retry={pages.retry} />;
  const { items, more, change } = pages.value;
  if (items.length === 0) return <p class="empty">{empty}</p>;
  return (
    <>
      <ul class="list">{items.map((item) => children(item, change))}</ul>
      {more !== null && (
        <button type="button" class="secondary wide" onClick={more}>
          {words.more}
        </button>
      )}
    </>
  );
}

export function Pending() {
  const words = useWords();
  return (
    <p class="empty" role="status">
      {words.loading}
    </p>
  );
}

export function Failed({ error, retry }: { error: unknown; retry: () => void }) {
  const words = useWords();
  return (
    <div class="empty">
      <Failure error={error} />
      <button type="button" class="secondary" onClick={retry}>
        {words.retry}
      </button>
    </div>
  );
}
