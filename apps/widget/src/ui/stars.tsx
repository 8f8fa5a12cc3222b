import { useId } from 'preact/hooks';
import { useWords } from './context.ts';
import { Icon } from './icons.tsx';

const NUMBERS = [1, 2, 3, 4, 5] as const;

/** A number of stars: radio buttons, so that the keyboard and readers know what to do. */
export function Stars({
  value,
  onChange,
  error,
}: {
  value: number;
  onChange: (value: number) => void;
  error: string | undefined;
}) {
  const words = useWords();
  const id = useId();
  return (
    <fieldset class="field" {...(error !== undefined && { 'aria-describedby': `${id}-error` })}>
      <legend>{words.ratingLabel}</legend>
      <div class="stars">
        {NUMBERS.map((number) => (
          <label key={number} class={number <= value ? 'star on' : 'star'}>
            <input
              type="radio"
              name={`${id}-stars`}
              value={number}
              checked={value === number}
              aria-invalid={error !== undefined}
              aria-label={words[`stars_${number}`]}
              onChange={() => onChange(number)}
            />
            <Icon name="star" size={32} filled={number <= value} />
          </label>
        ))}
      </div>
      {error !== undefined && (
        <p class="wrong" id={`${id}-error`}>
          {error}
        </p>
      )}
    </fieldset>
  );
}
