import type { visitorSchemas as wire } from '@reqbase/core/contract';

// What the endpoints say, by the words of the script. Types only: nothing of the server's code is in the bundle.

export type Config = wire.VisitorConfig;
export type Category = Config['categoriesEnabled'][number];
export type Diagnostics = wire.Diagnostics;
export type Submission = wire.SubmitInput;
export type Request = wire.VisitorRequest;
export type Conversation = wire.VisitorConversation;
export type Message = wire.VisitorMessage;
export type Notification = wire.VisitorNotification;
export type Comment = wire.VisitorComment;

export type Page<Item> = { items: Item[]; hasMore: boolean; nextCursor: string | null };
export type NotificationPage = Page<Notification> & { unreadCount: number };
export type Written = { conversationId: string; message: Message };
export type Voted = { voteCount: number; hasVoted: boolean };

export type RequestQuery = { q?: string; similar?: string; sort?: 'votes' | 'createdAt'; cursor?: string };
export type MessageQuery = { after?: number; cursor?: string };

/** What the widget asks of its server; the preview answers from memory. `key` names an act, so that a retry of it is the same act. */
export type Api = {
  config(): Promise<Config>;
  submit(submission: Submission, key: string): Promise<Request>;
  requests(query: RequestQuery): Promise<Page<Request>>;
  request(id: string): Promise<Request>;
  vote(id: string): Promise<Voted>;
  unvote(id: string): Promise<Voted>;
  mine(cursor?: string): Promise<Page<Request>>;
  conversations(cursor?: string): Promise<Page<Conversation>>;
  messages(conversationId: string, query: MessageQuery): Promise<Page<Message>>;
  write(conversationId: string, body: string, key: string): Promise<Written>;
  startConversation(featureId: string, body: string, key: string): Promise<Written>;
  readConversation(conversationId: string): Promise<void>;
  notifications(cursor?: string): Promise<NotificationPage>;
  readNotifications(): Promise<void>;
  comments(requestId: string, cursor?: string): Promise<Page<Comment>>;
  comment(requestId: string, body: string, key: string): Promise<Comment>;
};
