import { Avatar, Badge, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { type backlogSchemas, type PlanName, planIncludes } from '@reqbase/core/contract';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTRPC } from '../../trpc.ts';
import { ErrorPanel } from '../../ui/error-panel.tsx';
import { LoadMore } from '../../ui/load-more.tsx';
import { TableSkeleton } from '../../ui/table-skeleton.tsx';
import { TimeAgo } from '../../ui/time-ago.tsx';
import { UpgradeNotice } from '../../ui/upgrade-notice.tsx';
import { CommentForm } from './comment-form.tsx';
import { DeleteComment } from './delete-comment.tsx';
import classes from './feature-screen.module.css';

/** From which on comments can be written; all can be read. Contract: SCOPES, `comments:write`. */
const COMMENT_PLAN = 'pro';

type CommentsProps = {
  readonly projectId: string;
  readonly featureId: string;
  readonly mayWrite: boolean;
  readonly mayDelete: boolean;
  readonly plan: PlanName;
};

export function Comments({ projectId, featureId, mayWrite, mayDelete, plan }: CommentsProps) {
  const hasPlan = planIncludes(plan, COMMENT_PLAN);
  return (
    <Paper withBorder p="lg" component="section" aria-labelledby="comments">
      <Title order={2} id="comments" mb="md">
        Comments
      </Title>
      <CommentList projectId={projectId} featureId={featureId} mayDelete={mayDelete} />
      {mayWrite && hasPlan && <CommentForm projectId={projectId} featureId={featureId} />}
      {mayWrite && !hasPlan && (
        <UpgradeNotice title="Writing comments comes with Pro">Upgrade the organization to answer your users here.</UpgradeNotice>
      )}
    </Paper>
  );
}

function CommentList({ projectId, featureId, mayDelete }: Pick<CommentsProps, 'projectId' | 'featureId' | 'mayDelete'>) {
  const trpc = useTRPC();
  const comments = useInfiniteQuery(
    trpc.backlog.listComments.infiniteQueryOptions(
      { projectId, id: featureId },
      { getNextPageParam: ({ nextCursor }) => nextCursor },
    ),
  );
  if (comments.isPending) return <TableSkeleton rows={2} height={60} />;
  if (comments.isError) return <ErrorPanel error={comments.error} onRetry={comments.refetch} />;
  const rows = comments.data.pages.flatMap(({ items }) => items);
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed" mb="md">
        Nobody has said anything yet.
      </Text>
    );
  }
  return (
    <>
      <Stack component="ol" gap="md" p={0} m={0} mb="lg" style={{ listStyle: 'none' }}>
        {rows.map((comment) => (
          <Comment
            key={comment.id}
            comment={comment}
            action={
              mayDelete && comment.deletedAt === null ? <DeleteComment projectId={projectId} comment={comment} /> : undefined
            }
          />
        ))}
      </Stack>
      <LoadMore query={comments} label="More comments" />
    </>
  );
}

function Comment({ comment, action }: { readonly comment: backlogSchemas.Comment; readonly action: ReactNode }) {
  const isOfTeam = comment.authorKind !== 'REQUESTER';
  return (
    <Group component="li" align="flex-start" wrap="nowrap" gap="sm">
      <Avatar name={comment.authorName} size={30} color={isOfTeam ? 'pine' : 'gray'} aria-hidden="true" />
      <div style={{ minWidth: 0, flex: 1 }}>
        <Group gap="xs" fz="sm">
          <Text size="sm" fw={600}>
            {comment.authorName}
          </Text>
          {isOfTeam && (
            <Badge variant="default" size="sm" tt="none">
              {comment.authorKind === 'AGENT' ? 'Agent' : 'Team'}
            </Badge>
          )}
          {comment.isInternal && (
            <Badge variant="light" color="orange" size="sm" tt="none">
              Internal
            </Badge>
          )}
          <Text size="xs" c="dimmed">
            <TimeAgo at={comment.createdAt} />
            {comment.editedAt !== null && ' (edited)'}
          </Text>
          {action}
        </Group>
        <Text size="sm" className={classes.prose ?? ''} mt={2} {...(comment.deletedAt !== null && { c: 'dimmed', fs: 'italic' })}>
          {comment.deletedAt === null ? comment.body : 'This comment was deleted.'}
        </Text>
      </div>
    </Group>
  );
}
