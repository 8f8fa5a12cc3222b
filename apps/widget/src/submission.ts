import { bareUrl } from '@reqbase/core/redact';
import type { Category, Config, Diagnostics, Submission } from './contract.ts';
import type { Draft } from './store.ts';

/** What may be missing or wrong in a draft, by field. */
export type Fault = 'missing' | 'missingRating' | 'wrongEmail';
export type Faults = Partial<Record<keyof Draft, Fault>>;

/** The server decides; this only spares a way there and back. */
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const isEmpty = (text: string) => text.trim() === '';

/** The fields that a category cannot do without; those of an ERROR step by step. */
const NEEDED: Readonly<Record<Category, readonly ('title' | 'text' | 'doing' | 'expected' | 'happened')[]>> = {
  FEATURE: ['title'],
  ERROR: ['doing', 'expected', 'happened'],
  FEEDBACK: [],
  OTHER: ['text'],
};
export const ERROR_STEPS = ['doing', 'expected', 'happened'] as const;

/** What is wrong with a draft; of an ERROR only up to the step that it is at. */
export function faultsOf(category: Category, draft: Draft, asking: Asking): Faults {
  const faults: Faults = {};
  const isAtEnd = category !== 'ERROR' || draft.step >= ERROR_STEPS.length;
  const needed = category === 'ERROR' ? ERROR_STEPS.slice(0, draft.step) : NEEDED[category];
  for (const field of needed) if (isEmpty(draft[field])) faults[field] = 'missing';
  if (category === 'FEEDBACK' && draft.rating === 0) faults.rating = 'missingRating';
  if (isAtEnd && asksForEmail(asking)) {
    if (!isEmpty(draft.email) && !EMAIL.test(draft.email.trim())) faults.email = 'wrongEmail';
    else if (asking.collectEmail === 'required' && isEmpty(draft.email)) faults.email = 'missing';
  }
  return faults;
}

type Asking = Pick<Config, 'collectEmail'> & {
  /** The page has said the visitor's address with who they are. */
  readonly hasEmail: boolean;
};

/** Also of who is signed in, where the page does not say their address. */
export function asksForEmail({ collectEmail, hasEmail }: Asking): boolean {
  return collectEmail !== 'never' && !hasEmail;
}

type About = {
  readonly diagnostics: Diagnostics | null;
  readonly pageUrl: string | null;
  readonly hasEmail: boolean;
};

/** What is sent of a draft: what the configuration asks for, and nothing that is empty. */
export function submissionOf(
  category: Category,
  draft: Draft,
  config: Config,
  { diagnostics, pageUrl, hasEmail }: About,
): Submission {
  const text = (value: string) => (isEmpty(value) ? {} : value.trim());
  const given = (name: keyof Submission, value: string) => (isEmpty(value) ? {} : { [name]: text(value) });
  const { doing, expected, happened } = draft;
  return {
    category,
    ...(category === 'FEATURE' && { ...given('title', draft.title), ...given('text', draft.text) }),
    ...(category === 'ERROR' && { errorReport: { doing: doing.trim(), expected: expected.trim(), happened: happened.trim() } }),
    ...(category === 'FEEDBACK' && { rating: draft.rating, ...given('text', draft.text) }),
    ...(category === 'OTHER' && given('text', draft.text)),
    ...(asksForEmail({ ...config, hasEmail }) && { ...given('email', draft.email), ...given('name', draft.name) }),
    ...(config.screenshotEnabled && draft.picture !== null && { screenshot: draft.picture.base64 }),
    ...(config.diagnosticsEnabled && draft.withDiagnostics && diagnostics !== null && { diagnostics }),
    ...(pageUrl !== null && /^https?:/.test(pageUrl) && { pageUrl: bareUrl(pageUrl).slice(0, 2_000) }),
  };
}
