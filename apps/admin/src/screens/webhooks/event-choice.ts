import { webhookSchemas } from '@reqbase/core/contract';

const { WEBHOOK_EVENTS, WEBHOOK_EVENT_NAMES } = webhookSchemas;

export const ALL = '*';

/** A resource with its events, as the picker shows them. */
export type EventGroup = {
  readonly title: string;
  /** That stands for all of them, those to come included. */
  readonly wildcard: string;
  readonly events: readonly { readonly name: string; readonly title: string }[];
};

const TITLES: Readonly<Record<string, string>> = {
  conversation: 'Conversations',
  message: 'Messages',
  contact: 'Requesters',
  feature: 'Requests',
  comment: 'Comments',
  api_key: 'API keys',
  quota: 'Daily quota',
};

/** Every event that can be chosen; the test is sent without being chosen. */
export const EVENT_GROUPS: readonly EventGroup[] = Object.entries(TITLES).map(([resource, title]) => ({
  title,
  wildcard: `${resource}.*`,
  events: WEBHOOK_EVENT_NAMES.filter((name) => name.startsWith(`${resource}.`)).map((name) => ({
    name,
    title: WEBHOOK_EVENTS[name],
  })),
}));

/** What of the choice includes the word besides itself, if anything does. */
export function includedBy(chosen: readonly string[], word: string): string | null {
  const wider = word === ALL ? [] : [ALL, `${word.slice(0, word.indexOf('.'))}.*`];
  return wider.find((each) => each !== word && chosen.includes(each)) ?? null;
}

/** The choice with the word, and without what it includes; or without the word. */
export function toggle(chosen: readonly string[], word: string): string[] {
  if (chosen.includes(word)) return chosen.filter((each) => each !== word);
  return [...chosen.filter((each) => includedBy([word], each) === null), word];
}
