import { useEffect, useRef, useState } from 'preact/hooks';
import { canCapture, captureScreen, type Picture, pictureIn, pictureOf } from '../picture.ts';
import { useWidget, useWords } from './context.ts';
import { Icon } from './icons.tsx';

type Props = { picture: Picture | null; onChange: (picture: Picture | null) => void };

/** A screenshot: captured, chosen or pasted anywhere in the panel; looked at before it is sent, and taken out again. */
export function PictureField({ picture, onChange }: Props) {
  const widget = useWidget();
  const words = useWords();
  const box = useRef<HTMLFieldSetElement>(null);
  const file = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState('');
  const take = async (make: () => Promise<Picture | null>) => {
    setProblem('');
    try {
      const made = await make();
      if (made !== null) onChange(made);
    } catch {
      setProblem(words.pictureWrong);
    }
  };
  const latest = useRef(take);
  latest.current = take;

  useEffect(() => {
    const root = box.current?.getRootNode();
    const onPaste = (event: Event) => {
      const pasted = pictureIn((event as ClipboardEvent).clipboardData);
      if (pasted === null) return;
      event.preventDefault();
      void latest.current(() => pictureOf(pasted));
    };
    root?.addEventListener('paste', onPaste);
    return () => root?.removeEventListener('paste', onPaste);
  }, []);

  const capture = async () => {
    const panel = box.current?.closest('dialog');
    panel?.classList.add('away');
    try {
      return await captureScreen();
    } finally {
      panel?.classList.remove('away');
    }
  };

  return (
    <fieldset class="field picture" ref={box}>
      <legend>
        {words.picture} <span class="muted">({words.optional})</span>
      </legend>
      {picture === null ? (
        <>
          <div class="row">
            {canCapture() && (
              <button type="button" class="secondary" onClick={() => void take(capture)} disabled={widget.isPreview}>
                <Icon name="camera" size={16} />
                {words.pictureCapture}
              </button>
            )}
            <button type="button" class="secondary" onClick={() => file.current?.click()}>
              <Icon name="picture" size={16} />
              {words.pictureFile}
            </button>
          </div>
          <p class="hint">{words.pictureHint}</p>
        </>
      ) : (
        <Shown picture={picture} onRemove={() => onChange(null)} />
      )}
      <input
        ref={file}
        type="file"
        accept="image/png,image/jpeg,image/webp"
        hidden
        aria-label={words.pictureFile}
        onChange={(event) => {
          const chosen = event.currentTarget.files?.[0];
          if (chosen !== undefined) void take(() => pictureOf(chosen));
          event.currentTarget.value = '';
        }}
      />
      <p role="status" class={problem === '' ? 'unseen' : 'wrong'}>
        {problem === '' ? (picture === null ? '' : words.pictureAdded) : problem}
      </p>
    </fieldset>
  );
}

function Shown({ picture, onRemove }: { picture: Picture; onRemove: () => void }) {
  const words = useWords();
  const frame = useRef<HTMLDivElement>(null);
  const remove = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    frame.current?.replaceChildren(picture.canvas);
    // The button that added it is gone.
    remove.current?.focus({ preventScroll: true });
  }, [picture]);
  return (
    <div class="shot">
      <div class="shot-frame" ref={frame} role="img" aria-label={words.picturePreview} />
      <button type="button" class="secondary" ref={remove} onClick={onRemove}>
        {words.pictureRemove}
      </button>
    </div>
  );
}
