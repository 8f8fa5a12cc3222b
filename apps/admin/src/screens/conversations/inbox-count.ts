import { conversationSchemas } from '@reqbase/core/contract';
import { formatCount } from '../../ui/number-format.ts';

/** A figure of the inbox, which is counted no further than `COUNTED_TO`. */
export function formatInboxCount(count: number): string {
  return count >= conversationSchemas.COUNTED_TO ? `${formatCount(conversationSchemas.COUNTED_TO)}+` : formatCount(count);
}
