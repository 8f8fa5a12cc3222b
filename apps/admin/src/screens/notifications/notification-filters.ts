import { notificationSchemas } from '@reqbase/core/contract';

const { type: types } = notificationSchemas.ListNotifications.shape;

/** What the address says of the feed; what it does not say is not narrowed. */
export type NotificationFilters = {
  type?: notificationSchemas.NotificationType[] | undefined;
  audience?: 'team' | 'requesters' | undefined;
};

/** Reads the filters of an address; what the API would refuse leaves it. */
export function readNotificationFilters(search: Record<string, unknown>): NotificationFilters {
  const given = search.type === undefined || Array.isArray(search.type) ? search.type : [search.type];
  const type = types.safeParse(given).data;
  return {
    type: type?.length === 0 ? undefined : type,
    audience: notificationSchemas.NotificationAudience.safeParse(search.audience).data,
  };
}
