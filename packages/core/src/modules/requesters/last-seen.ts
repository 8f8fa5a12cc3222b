import type { Transaction } from '@reqbase/db';
import type { Services } from '../../services.ts';

/** The requester behind a browser. */
export type Visitor = {
  readonly id: string;
  readonly kind: 'identified' | 'anonymous';
  readonly name: string | null;
  readonly email: string | null;
  readonly emailVerified: boolean;
};

/** The name of who has none, in what they leave. */
export const UNNAMED = 'Visitor';

/** What meeting a visitor needs of the installation. */
export type VisitorServices = Pick<Services, 'secrets' | 'clock' | 'newId' | 'publicUrl' | 'queue'>;

/** How exactly it is known when somebody was last here: a write for each call would be too many. */
const SEEN_EVERY_MS = 60_000;

/** Notes that a requester is here, at most once a minute. */
export async function touch(
  tx: Transaction,
  now: Date,
  { id, lastSeenAt }: { readonly id: string; readonly lastSeenAt: Date },
): Promise<void> {
  if (now.getTime() - lastSeenAt.getTime() < SEEN_EVERY_MS) return;
  await tx.$executeRaw`update requester set last_seen_at = ${now} where id = ${id}::uuid and last_seen_at < ${now}`;
}
