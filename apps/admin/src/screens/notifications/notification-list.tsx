import { Badge, Group, Paper, Stack, Text, ThemeIcon } from '@mantine/core';
import type { notificationSchemas } from '@reqbase/core/contract';
import { TextLink } from '../../ui/links.tsx';
import { plural } from '../../ui/number-format.ts';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { TYPE_WORDS, TypeIcon } from './notification-words.tsx';

type Notification = notificationSchemas.Notification;
type NotificationListProps = {
  readonly rows: readonly Notification[];
  readonly slug: string;
  readonly isNew: (notification: Notification) => boolean;
};

export function NotificationList({ rows, slug, isNew }: NotificationListProps) {
  return (
    <Stack component="ul" gap="xs" p={0} m={0} style={{ listStyle: 'none' }}>
      {rows.map((notification) => (
        <Paper key={notification.id} component="li" withBorder p="sm">
          <Group wrap="nowrap" align="flex-start" gap="sm">
            <ThemeIcon variant="light" color="gray" size={34} radius="xl">
              <TypeIcon type={notification.type} />
            </ThemeIcon>
            <div style={{ minWidth: 0, flex: 1 }}>
              <Group gap="xs" justify="space-between" wrap="nowrap" align="baseline">
                <Text size="xs" c="dimmed" truncate>
                  {TYPE_WORDS[notification.type]}
                  {notification.actorName !== null && ` · ${notification.actorName}`}
                </Text>
                <Group gap="xs" wrap="nowrap">
                  {isNew(notification) && (
                    <Badge size="sm" variant="light" tt="none">
                      New
                    </Badge>
                  )}
                  <Text size="xs" c="dimmed" style={{ whiteSpace: 'nowrap' }}>
                    <TimeAgo at={notification.createdAt} />
                  </Text>
                </Group>
              </Group>
              <Title notification={notification} slug={slug} />
              {notification.body !== null && (
                <Text size="sm" c="dimmed" lineClamp={3} style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>
                  {notification.body}
                </Text>
              )}
              {notification.audience === 'requesters' && <Reach notification={notification} />}
            </div>
          </Group>
        </Paper>
      ))}
    </Stack>
  );
}

/** Leads to what it is about: the conversation rather than the request, if it is of one. */
function Title({ notification: { title, conversationId, featureId }, slug }: { notification: Notification; slug: string }) {
  const look = { fw: 500, fz: 'sm', c: 'var(--mantine-color-text)', style: { overflowWrap: 'anywhere' } } as const;
  if (conversationId !== null) {
    return (
      <TextLink to="/projects/$slug/inbox/$conversationId" params={{ slug, conversationId }} {...look}>
        {title}
      </TextLink>
    );
  }
  if (featureId !== null) {
    return (
      <TextLink to="/projects/$slug/backlog/$featureId" params={{ slug, featureId }} {...look}>
        {title}
      </TextLink>
    );
  }
  return <Text {...look}>{title}</Text>;
}

function Reach({ notification: { recipientCount, channels, expiresAt } }: { readonly notification: Notification }) {
  return (
    <Group gap={6} mt={6}>
      <Badge variant="default" size="sm" tt="none" fw={500}>
        {recipientCount === 0 ? 'To nobody yet' : `To ${plural(recipientCount, 'requester')}`}
      </Badge>
      {channels.includes('email') && (
        <Badge variant="default" size="sm" tt="none" fw={500}>
          by e-mail too
        </Badge>
      )}
      {expiresAt !== null && (
        <Text size="xs" c="dimmed">
          leaves unread feeds <TimeAgo at={expiresAt} />
        </Text>
      )}
    </Group>
  );
}
