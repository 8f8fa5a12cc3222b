import { DomainError } from '@reqbase/auth';
import type { Sql } from '@reqbase/db';
import type { LiveEvent } from './live.ts';

/** An event as it was published: `seq` counts a project's events without a gap. */
export type PublishedEvent = Required<LiveEvent> & { readonly seq: number };

/** What a watcher has not had: events in their order, nothing yet, or more than is kept (`lost`: all up to `seq`). */
export type News =
  | { readonly kind: 'events'; readonly events: readonly PublishedEvent[] }
  | { readonly kind: 'none' }
  | { readonly kind: 'lost'; readonly seq: number };

export type Watcher = {
  /** The last event that it has been given, or where it began. */
  readonly position: number;
  /** Waits for what comes after its position, `patienceMs` at most. @throws AbortError once the hub is closed */
  next(patienceMs: number, signal?: AbortSignal): Promise<News>;
  leave(): void;
};

/** Those who watch projects in this process. One statement follows all projects that are watched; none, when none is. */
export type LiveHub = {
  /**
   * Begins after the event `after`; null: after the last that there is.
   *
   * @throws {DomainError} RATE_LIMITED when the principal watches too much already, UNAVAILABLE once the hub is closed
   */
  join(projectId: string, principalId: string, after: number | null): Promise<Watcher>;
  /** How many watch. */
  size(): number;
  /** Ends every watch, now. */
  close(): void;
};

const POLL_MS = 500;
/** Events of a project that are held for its watchers; who is further behind reads them from the table. */
const HELD = 500;
const PAGE = 200;
/** Watches of one person or key in this process: a browser's tabs, with some to spare. */
const SEATS = 20;
const RETRY_SECONDS = 5;

const COLUMNS = `
  e.seq, e.kind, e.conversation_id as "conversationId", e.feature_id as "featureId",
  e.notification_id as "notificationId", e.is_private as "isPrivate"`;

// Where each project's feed has been read to goes in; what came after it comes out, in its order.
const FOLLOW = `
  select w.project_id as "projectId", ${COLUMNS}
  from unnest($1::uuid[], $2::int4[]) as w(project_id, seq)
  cross join lateral (
    select * from live_event e where e.project_id = w.project_id and e.seq > w.seq order by e.seq limit ${HELD}
  ) e
  order by w.project_id, e.seq`;
const CATCH_UP = `select ${COLUMNS} from live_event e where e.project_id = $1 and e.seq > $2 order by e.seq limit ${PAGE}`;
const PRESENT = 'select coalesce((select seq from live_feed where project_id = $1), 0)::int4 as seq';

/** A watched project, as far as this process has read it. `held` ends with `head` and has no gap. */
type Feed = { head: number; held: PublishedEvent[]; watchers: number; failure: Error | null; readonly waiting: Set<() => void> };

export function liveHub(sql: Sql): LiveHub {
  const feeds = new Map<string, Feed>();
  const seats = new Map<string, number>();
  let isClosed = false;
  let isPolling = false;

  /** Runs for as long as somebody watches. */
  async function poll(): Promise<void> {
    if (isPolling) return;
    isPolling = true;
    while (feeds.size > 0 && !isClosed) {
      const isBehind = await readOn().catch(fail);
      if (!isBehind) await pause(POLL_MS);
    }
    isPolling = false;
  }

  /** Says whether there is more than it has read. */
  async function readOn(): Promise<boolean> {
    const watched = [...feeds];
    const rows = await sql.query<PublishedEvent & { projectId: string }>(FOLLOW, [
      watched.map(([projectId]) => projectId),
      watched.map(([, { head }]) => head),
    ]);
    const news = Map.groupBy(rows, ({ projectId }) => projectId);
    for (const [projectId, feed] of watched) append(feed, news.get(projectId) ?? []);
    return [...news.values()].some(({ length }) => length === HELD);
  }

  /** Those who wait are told, and come back when the database does; their feeds begin anew then. */
  function fail(cause: unknown): false {
    for (const feed of feeds.values()) {
      feed.failure = cause instanceof Error ? cause : new Error('the live events cannot be read', { cause });
      wake(feed);
    }
    feeds.clear();
    return false;
  }

  async function newsFor(projectId: string, feed: Feed, position: number): Promise<News> {
    // By this name tRPC knows an end that is none of the stream's own, after which a client connects again.
    if (isClosed) throw new DOMException('The server is stopping.', 'AbortError');
    if (feed.failure !== null) throw feed.failure;
    if (feed.head <= position) return { kind: 'none' };
    const [oldest] = feed.held;
    const events =
      oldest !== undefined && oldest.seq <= position + 1
        ? feed.held.slice(position + 1 - oldest.seq)
        : await sql.query<PublishedEvent>(CATCH_UP, [projectId, position]);
    return events.length > 0 && isGapless(events, position) ? { kind: 'events', events } : { kind: 'lost', seq: feed.head };
  }

  function takeSeat(principalId: string): () => void {
    const taken = seats.get(principalId) ?? 0;
    if (taken >= SEATS) throw new DomainError('RATE_LIMITED', { retryAfter: RETRY_SECONDS });
    seats.set(principalId, taken + 1);
    return () => {
      const left = (seats.get(principalId) ?? 1) - 1;
      if (left === 0) seats.delete(principalId);
      else seats.set(principalId, left);
    };
  }

  async function feedOf(projectId: string): Promise<{ feed: Feed; present: number }> {
    const [row] = await sql.query<{ seq: number }>(PRESENT, [projectId]);
    const present = row?.seq ?? 0;
    const feed = feeds.get(projectId) ?? { head: present, held: [], watchers: 0, failure: null, waiting: new Set() };
    feeds.set(projectId, feed);
    void poll();
    return { feed, present };
  }

  return {
    async join(projectId, principalId, after) {
      if (isClosed) throw new DomainError('UNAVAILABLE', { retryAfter: RETRY_SECONDS });
      const leaveSeat = takeSeat(principalId);
      const { feed, present } = await feedOf(projectId).catch((error: unknown) => {
        leaveSeat();
        throw error;
      });
      feed.watchers++;
      // An event that is not there yet: one of another installation, or of after the backup that was brought back.
      let isAhead = after !== null && after > present;
      let position = isAhead || after === null ? present : after;
      let hasLeft = false;
      return {
        get position() {
          return position;
        },
        async next(patienceMs, signal) {
          let news: News = isAhead ? { kind: 'lost', seq: present } : await newsFor(projectId, feed, position);
          isAhead = false;
          if (news.kind === 'none') {
            await waking(feed, patienceMs, signal);
            news = await newsFor(projectId, feed, position);
          }
          if (news.kind === 'lost') position = news.seq;
          if (news.kind === 'events') position += news.events.length;
          return news;
        },
        leave() {
          if (hasLeft) return;
          hasLeft = true;
          leaveSeat();
          if (--feed.watchers === 0 && feeds.get(projectId) === feed) feeds.delete(projectId);
        },
      };
    },
    size: () => [...seats.values()].reduce((sum, taken) => sum + taken, 0),
    close() {
      isClosed = true;
      for (const feed of feeds.values()) wake(feed);
    },
  };
}

function append(feed: Feed, events: readonly PublishedEvent[]): void {
  const last = events.at(-1);
  if (last === undefined) return;
  // With a gap where events have been purged, nothing is held: who is behind finds out at the table.
  feed.held = isGapless(events, feed.head) ? [...feed.held, ...events].slice(-HELD) : [];
  feed.head = last.seq;
  wake(feed);
}

function isGapless(events: readonly PublishedEvent[], after: number): boolean {
  return events.every(({ seq }, index) => seq === after + 1 + index);
}

function wake({ waiting }: Feed): void {
  for (const resume of [...waiting]) resume();
}

/** Until the feed has news, the time is up or the watcher has gone. */
function waking({ waiting }: Feed, patienceMs: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const resume = () => {
      clearTimeout(timer);
      waiting.delete(resume);
      signal?.removeEventListener('abort', resume);
      resolve();
    };
    const timer = setTimeout(resume, patienceMs);
    timer.unref();
    waiting.add(resume);
    if (signal?.aborted) resume();
    else signal?.addEventListener('abort', resume);
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
