import * as z from 'zod';
import { Cursor, Id, pageOf, storable, Timestamp } from '../../schema-kit.ts';
import { CloseReason, CompletionKind, ErrorReport, FeatureCategory, FeatureStatus } from '../backlog/schema.ts';
import { NotificationType } from '../notifications/schema.ts';
import { CollectEmail, LauncherIcon, OperatingHours, WidgetPosition, WidgetTheme } from './schema.ts';

// What the embedded widget and its public endpoints say to each other. Browser-safe.

const Line = (max: number) => z.string().trim().min(1).max(max).check(storable);
const Text = (max: number) => z.string().trim().max(max).check(storable);

/** An entry of a list that may be too long: the last ones are kept, since they are the nearest to what went wrong. */
const last = <Item extends z.ZodType>(item: Item, max: number) =>
  z
    .array(item)
    .max(10 * max)
    .transform((items) => items.slice(-max));

/** Cut and not refused: a browser says what it says, and a report is worth more than its longest line. */
const cut = (max: number) =>
  z
    .string()
    .max(10_000)
    .check(storable)
    // Half of a character, left by the cut, could not be stored.
    .transform((text) => text.slice(0, max).replace(/[\uD800-\uDBFF]$/, ''));

const Size = z.object({ width: z.number().min(0).max(1e6), height: z.number().min(0).max(1e6) });

/** What the script captured of the page. Whatever has no name here is dropped. Source: wire-facts, Feature model. */
export const Diagnostics = z.object({
  errors: last(z.object({ at: Timestamp, message: cut(1_000), source: cut(500).nullish() }), 20).default([]),
  network: last(
    z.object({
      at: Timestamp,
      url: cut(2_000),
      method: z.string().regex(/^[A-Za-z]{1,20}$/),
      status: z.int().min(0).max(999),
      durationMs: z.number().min(0).max(1e9),
    }),
    30,
  ).default([]),
  online: z.boolean().nullish(),
  language: cut(50).nullish(),
  referrer: cut(2_000).nullish(),
  timezone: cut(100).nullish(),
  userAgent: cut(500).nullish(),
  connection: cut(50).nullish(),
  devicePixelRatio: z.number().min(0).max(100).nullish(),
  screen: Size.nullish(),
  viewport: Size.nullish(),
  capturedAt: Timestamp.nullish(),
});
export type Diagnostics = z.infer<typeof Diagnostics>;

const Email = z.email().max(320);

export const Submit = z.object({
  category: FeatureCategory,
  title: Text(200).nullish().meta({ description: 'FEATURE needs one; the others take theirs from the text' }),
  text: Text(10_000).nullish(),
  errorReport: ErrorReport.nullish().meta({ description: 'ERROR: three steps' }),
  rating: z.int().min(1).max(5).nullish().meta({ description: 'FEEDBACK only' }),
  email: Email.nullish(),
  name: Text(200).nullish(),
  screenshot: z
    .string()
    .max(4 * 1_048_576)
    .nullish()
    .meta({ description: 'Base64 of a PNG, JPEG or WebP of at most 2 MiB' }),
  diagnostics: Diagnostics.nullish(),
  pageUrl: z
    .url({ protocol: /^https?$/ })
    .max(2_000)
    .check(storable)
    .nullish(),
});
export type Submit = z.infer<typeof Submit>;
export type SubmitInput = z.input<typeof Submit>;

/** A request as a visitor sees it: a public one of anybody's, or any of their own. */
export const VisitorRequest = z.object({
  id: Id,
  number: z.int(),
  title: z.string(),
  description: z.string().nullable(),
  category: FeatureCategory,
  status: FeatureStatus,
  completionKind: CompletionKind.nullable(),
  closeReason: CloseReason.nullable(),
  rating: z.int().nullable().meta({ description: 'Of their own only, as all that follows to hasScreenshot' }),
  errorReport: ErrorReport.nullable(),
  hasScreenshot: z.boolean(),
  voteCount: z.int(),
  hasVoted: z.boolean(),
  isMine: z.boolean(),
  conversationId: Id.nullable().meta({ description: 'The thread about it, with its own requester' }),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type VisitorRequest = z.infer<typeof VisitorRequest>;
export const VisitorRequestPage = pageOf(VisitorRequest);
export type VisitorRequestPage = z.infer<typeof VisitorRequestPage>;

const PageLimit = z.int().min(1).max(50).default(20);

export const ListRequests = z.object({
  q: Text(200).optional(),
  similar: Text(200)
    .optional()
    .meta({ description: 'At most five that share words with this text, the likeliest first; no paging' }),
  sort: z.enum(['votes', 'createdAt']).default('votes'),
  limit: PageLimit,
  cursor: Cursor,
});
export type ListRequests = z.infer<typeof ListRequests>;
export const ListMine = z.object({ limit: PageLimit, cursor: Cursor });
export type ListMine = z.infer<typeof ListMine>;
export const RequestRef = z.object({ id: Id });
export type RequestRef = z.infer<typeof RequestRef>;
export const Nothing = z.object({});

export const Submitted = z.object({ request: VisitorRequest });
export type Submitted = z.infer<typeof Submitted>;
export const Voted = z.object({ voteCount: z.int(), hasVoted: z.boolean() });
export type Voted = z.infer<typeof Voted>;

export const VisitorConversation = z.object({
  id: Id,
  featureId: Id.nullable(),
  subject: z.string().nullable(),
  state: z.enum(['open', 'resolved', 'closed']).meta({ description: 'A message to a closed one opens another' }),
  lastMessage: z.string().nullable(),
  lastMessageAt: Timestamp,
  unreadCount: z.int(),
  createdAt: Timestamp,
});
export type VisitorConversation = z.infer<typeof VisitorConversation>;
export const VisitorConversationPage = pageOf(VisitorConversation);
export type VisitorConversationPage = z.infer<typeof VisitorConversationPage>;

export const VisitorMessage = z.object({
  id: Id,
  seq: z.int().meta({ description: 'Grows within the conversation' }),
  author: z.enum(['you', 'team', 'system']),
  authorName: z.string(),
  body: z.string().meta({ description: 'Text: never to be taken for HTML' }),
  createdAt: Timestamp,
});
export type VisitorMessage = z.infer<typeof VisitorMessage>;
export const VisitorMessagePage = pageOf(VisitorMessage).meta({
  description: 'The newest ones, or those after `after`, oldest first; the cursor leads to earlier ones.',
});
export type VisitorMessagePage = z.infer<typeof VisitorMessagePage>;

export const ListMessages = z.object({
  id: Id,
  after: z.int().min(0).max(2_147_483_647).optional().meta({ description: 'Only those after this `seq`' }),
  limit: PageLimit,
  cursor: Cursor,
});
export type ListMessages = z.infer<typeof ListMessages>;

export const WriteMessage = z.object({ id: Id, body: Line(20_000) });
export type WriteMessage = z.infer<typeof WriteMessage>;
export const StartConversation = z
  .object({ featureId: Id, body: Line(20_000) })
  .meta({ description: 'About a request of their own' });
export type StartConversation = z.infer<typeof StartConversation>;
export const Written = z.object({ conversationId: Id, message: VisitorMessage });
export type Written = z.infer<typeof Written>;

export const VisitorNotification = z.object({
  id: Id,
  type: NotificationType,
  title: z.string(),
  body: z.string().nullable(),
  featureId: Id.nullable(),
  conversationId: Id.nullable(),
  createdAt: Timestamp,
  isRead: z.boolean(),
});
export type VisitorNotification = z.infer<typeof VisitorNotification>;
export const VisitorNotificationPage = pageOf(VisitorNotification).extend({ unreadCount: z.int() });
export type VisitorNotificationPage = z.infer<typeof VisitorNotificationPage>;
export const ReadNotifications = z.object({ ids: z.array(Id).max(100).optional().meta({ description: 'All unless given' }) });
export type ReadNotifications = z.infer<typeof ReadNotifications>;
export const UnreadCount = z.object({ unreadCount: z.int() });
export type UnreadCount = z.infer<typeof UnreadCount>;

export const VisitorComment = z.object({
  id: Id,
  parentId: Id.nullable(),
  isTeam: z.boolean(),
  isMine: z.boolean(),
  authorName: z.string(),
  body: z.string().meta({ description: 'Text; empty once deleted' }),
  isDeleted: z.boolean(),
  createdAt: Timestamp,
});
export type VisitorComment = z.infer<typeof VisitorComment>;
export const VisitorCommentPage = pageOf(VisitorComment);
export type VisitorCommentPage = z.infer<typeof VisitorCommentPage>;
export const ListVisitorComments = z.object({ id: Id, limit: PageLimit, cursor: Cursor });
export type ListVisitorComments = z.infer<typeof ListVisitorComments>;
export const WriteVisitorComment = z.object({
  id: Id,
  body: Line(5_000),
  name: Text(200).nullish(),
  parentId: Id.nullish(),
});
export type WriteVisitorComment = z.infer<typeof WriteVisitorComment>;

/** What any page may know of the configuration, the plan's limits applied. */
export const VisitorConfig = z.object({
  project: z.object({ id: Id, slug: z.string(), name: z.string() }),
  position: WidgetPosition,
  color: z.string(),
  theme: WidgetTheme,
  locale: z.string(),
  welcomeMessage: z.string(),
  showBranding: z.boolean(),
  launcherLabel: z.string(),
  launcherIcon: LauncherIcon,
  categoriesEnabled: z.array(FeatureCategory),
  chatEnabled: z.boolean(),
  commentsEnabled: z.boolean(),
  announcementsEnabled: z.boolean(),
  screenshotEnabled: z.boolean(),
  diagnosticsEnabled: z.boolean(),
  collectEmail: CollectEmail,
  identityRequired: z.boolean(),
  operatingHours: OperatingHours.nullable(),
  customCss: z.string().nullable(),
});
export type VisitorConfig = z.infer<typeof VisitorConfig>;
