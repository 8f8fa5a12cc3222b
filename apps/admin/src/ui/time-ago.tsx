import { absoluteTime, relativeTime } from './relative-time.ts';

/** How long ago, or until when; the exact time on hover. */
export function TimeAgo({ at, never = 'Never' }: { readonly at: string | null; readonly never?: string }) {
  if (at === null) return <>{never}</>;
  const time = new Date(at);
  return (
    <time dateTime={at} title={absoluteTime(time)}>
      {relativeTime(time, new Date())}
    </time>
  );
}
