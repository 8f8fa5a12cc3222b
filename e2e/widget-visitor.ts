import { randomBytes } from 'node:crypto';
import type { Server } from './server.ts';

type Thread = { readonly conversationId: string; readonly featureId: string };

/** Somebody who uses the widget, as its script speaks for them. */
export type WidgetVisitor = {
  /** Asks a question, which opens a conversation. */
  readonly ask: (text: string) => Promise<Thread>;
  readonly write: (conversationId: string, body: string) => Promise<void>;
};

/** A visitor of the project whose browser has been given an id just now. */
export function widgetVisitor({ url }: Pick<Server, 'url'>, project = 'demo', name = 'Vera Visitor'): WidgetVisitor {
  const headers = {
    'content-type': 'application/json',
    origin: url,
    'x-reqbase-visitor': randomBytes(24).toString('base64url'),
  };
  const post = async (path: string, body: object): Promise<unknown> => {
    const answer = await fetch(`${url}/w/${project}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path} is answered ${answer.status}: ${await answer.text()}`);
    return answer.json();
  };
  return {
    async ask(text) {
      const { data } = (await post('/submit', { category: 'OTHER', text, name, email: 'vera@visitor.example' })) as {
        data: { request: { id: string; conversationId: string } };
      };
      return { conversationId: data.request.conversationId, featureId: data.request.id };
    },
    async write(conversationId, body) {
      await post(`/conversations/${conversationId}/messages`, { body });
    },
  };
}
