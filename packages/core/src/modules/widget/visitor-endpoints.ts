import { DomainError } from '@reqbase/auth';
import type * as z from 'zod';
import type { Visit } from './visit.ts';
import { listVisitorComments, writeComment } from './visitor-comments.ts';
import {
  listVisitorConversations,
  listVisitorMessages,
  readConversation,
  startConversation,
  writeMessage,
} from './visitor-conversations.ts';
import { listVisitorNotifications, readNotifications } from './visitor-notifications.ts';
import { getRequest, listMine, listRequests } from './visitor-requests.ts';
import * as schema from './visitor-schema.ts';
import { submit } from './visitor-submit.ts';
import { takeVoteBack, vote } from './visitor-votes.ts';

/** What the widget can be asked for, beside its configuration, under `/w/{projectId}`. */
export type WidgetEndpoint = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With `{name}` for the input's keys that stand in it. */
  readonly path: string;
  /** What an address may do how often a minute, and whether a page must name its origin. */
  readonly kind: 'read' | 'write';
  /** Of a success. */
  readonly status: 200 | 201;
  readonly input: z.ZodObject;
  /** Written out, so that a row's other columns do not leave with it. */
  readonly output: z.ZodType;
  /** Bytes. */
  readonly bodyLimit: number;
  /** A POST that is sent again with the same `Idempotency-Key` is done once. */
  readonly isIdempotent: boolean;
  /** Whether who says nothing of who they are is let in, out of secure mode. */
  readonly isForAnybody: boolean;
  /** @throws {DomainError} BAD_REQUEST for an input that is none; what the service refuses with */
  readonly run: (visit: Visit, input: unknown) => Promise<unknown>;
};

type Definition<Input extends z.ZodObject, Output extends z.ZodType> = Pick<WidgetEndpoint, 'method' | 'path'> &
  Partial<Omit<WidgetEndpoint, 'method' | 'path' | 'input' | 'output' | 'run'>> & {
    readonly input: Input;
    readonly output: Output;
    readonly run: (visit: Visit, input: z.output<Input>) => Promise<z.input<Output>>;
  };

const SMALL_BODY = 128 * 1_024;
/** A picture of 2 MiB in base64, and what is said about it. */
const PICTURE_BODY = 4 * 1_048_576;

function endpoint<Input extends z.ZodObject, Output extends z.ZodType>({
  output,
  run,
  ...definition
}: Definition<Input, Output>): WidgetEndpoint {
  return {
    kind: definition.method === 'GET' ? 'read' : 'write',
    status: 200,
    bodyLimit: SMALL_BODY,
    isIdempotent: false,
    isForAnybody: false,
    ...definition,
    output,
    async run(visit, given) {
      const input = definition.input.safeParse(given);
      if (!input.success)
        throw new DomainError('BAD_REQUEST', {
          issues: input.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
        });
      return output.parse(await run(visit, input.data));
    },
  };
}

export const WIDGET_ENDPOINTS: readonly WidgetEndpoint[] = [
  endpoint({
    method: 'POST',
    path: '/submit',
    status: 201,
    bodyLimit: PICTURE_BODY,
    isIdempotent: true,
    input: schema.Submit,
    output: schema.Submitted,
    run: submit,
  }),
  endpoint({
    method: 'GET',
    path: '/features',
    isForAnybody: true,
    input: schema.ListRequests,
    output: schema.VisitorRequestPage,
    run: listRequests,
  }),
  endpoint({
    method: 'GET',
    path: '/features/{id}',
    isForAnybody: true,
    input: schema.RequestRef,
    output: schema.VisitorRequest,
    run: getRequest,
  }),
  endpoint({ method: 'POST', path: '/features/{id}/vote', input: schema.RequestRef, output: schema.Voted, run: vote }),
  endpoint({ method: 'DELETE', path: '/features/{id}/vote', input: schema.RequestRef, output: schema.Voted, run: takeVoteBack }),
  endpoint({
    method: 'GET',
    path: '/features/{id}/comments',
    isForAnybody: true,
    input: schema.ListVisitorComments,
    output: schema.VisitorCommentPage,
    run: listVisitorComments,
  }),
  endpoint({
    method: 'POST',
    path: '/features/{id}/comments',
    status: 201,
    isIdempotent: true,
    input: schema.WriteVisitorComment,
    output: schema.VisitorComment,
    run: writeComment,
  }),
  endpoint({ method: 'GET', path: '/mine', input: schema.ListMine, output: schema.VisitorRequestPage, run: listMine }),
  endpoint({
    method: 'GET',
    path: '/conversations',
    input: schema.ListMine,
    output: schema.VisitorConversationPage,
    run: listVisitorConversations,
  }),
  endpoint({
    method: 'POST',
    path: '/conversations',
    status: 201,
    isIdempotent: true,
    input: schema.StartConversation,
    output: schema.Written,
    run: startConversation,
  }),
  endpoint({
    method: 'GET',
    path: '/conversations/{id}/messages',
    input: schema.ListMessages,
    output: schema.VisitorMessagePage,
    run: listVisitorMessages,
  }),
  endpoint({
    method: 'POST',
    path: '/conversations/{id}/messages',
    status: 201,
    isIdempotent: true,
    input: schema.WriteMessage,
    output: schema.Written,
    run: writeMessage,
  }),
  endpoint({
    method: 'POST',
    path: '/conversations/{id}/read',
    // Marks only: whoever reads much is not kept from writing.
    kind: 'read',
    input: schema.RequestRef,
    output: schema.UnreadCount,
    run: readConversation,
  }),
  endpoint({
    method: 'GET',
    path: '/notifications',
    input: schema.ListMine,
    output: schema.VisitorNotificationPage,
    run: listVisitorNotifications,
  }),
  endpoint({
    method: 'POST',
    path: '/notifications/read',
    kind: 'read',
    input: schema.ReadNotifications,
    output: schema.UnreadCount,
    run: readNotifications,
  }),
];
