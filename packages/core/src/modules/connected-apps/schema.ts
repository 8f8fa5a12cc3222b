import * as z from 'zod';
import { Cursor, Id, Limit, ProjectRef, pageOf, Timestamp } from '../../schema-kit.ts';

export const ConnectedApp = z
  .object({
    id: Id,
    name: z.string().nullable().meta({ description: 'What the app calls itself; nobody has checked it' }),
    clientId: z.string().meta({ description: 'Given out on registration, or the URL of the document that describes the app' }),
    host: z.string().nullable().meta({ description: 'Where that document is; null for an app that has registered itself' }),
    scopes: z.array(z.string()),
    person: z.object({ id: Id, name: z.string() }).meta({ description: 'In whose name it acts, within their role' }),
    connectedAt: Timestamp.meta({ description: 'When they last decided on it' }),
    lastUsedAt: Timestamp.nullable().meta({ description: 'Of its last call, to the minute' }),
  })
  .meta({ id: 'ConnectedApp' });
export type ConnectedApp = z.infer<typeof ConnectedApp>;
export const ConnectedAppPage = pageOf(ConnectedApp).meta({ id: 'ConnectedAppPage', description: 'The newest first' });

export const ListConnectedApps = z.object({ projectId: ProjectRef, limit: Limit, cursor: Cursor });
export type ListConnectedApps = z.infer<typeof ListConnectedApps>;

export const ConnectedAppRef = z.object({ projectId: ProjectRef, id: Id });
export type ConnectedAppRef = z.infer<typeof ConnectedAppRef>;

export const Done = z.void();

/** What the consent page shows of a request. */
export const ConsentRequest = z.object({
  client: z.object({
    name: z.string().nullable(),
    id: z.string(),
    /** Of the document that describes it; null for a client that has registered itself. */
    host: z.string().nullable(),
    uri: z.string().nullable(),
    redirectHost: z.string(),
    /** The redirect leads to a program on this very machine, whichever that is. */
    isLoopback: z.boolean(),
  }),
  /** Null where the person has no part in the project. */
  project: z.object({ id: Id, name: z.string(), organization: z.string() }).nullable(),
  mayApprove: z.boolean(),
  scopes: z.array(
    z.object({
      scope: z.string(),
      title: z.string(),
      grantable: z.boolean(),
      reason: z.string().nullable(),
      /** The app has it already. */
      isGranted: z.boolean(),
      /** Ticked at first. */
      isProposed: z.boolean(),
    }),
  ),
});
export type ConsentRequest = z.infer<typeof ConsentRequest>;

export const ConsentDecision = z.discriminatedUnion('decision', [
  z.object({ decision: z.literal('allow'), scopes: z.array(z.string().max(80)).min(1).max(50) }),
  z.object({ decision: z.literal('deny') }),
]);
export type ConsentDecision = z.infer<typeof ConsentDecision>;

/** As the project surface refuses. */
export const ConsentRefusal = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Where the browser goes then. */
export const ConsentOutcome = z.object({ redirectTo: z.string() });
