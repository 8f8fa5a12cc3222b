import { project } from '../../project.ts';
import { editComment, removeComment } from './change-comment.ts';
import { createComment } from './comments.ts';
import { listComments } from './list-comments.ts';
import * as schema from './schema.ts';

/** What end users write of comments. */
const COMMENT_TEXT = ['authorName', 'body'];
const AS_FEATURE = { id: 'featureId' } as const;

/** The part of the backlog's router for comments. */
export const commentProcedures = {
  listComments: project
    .scope('backlog:read')
    .meta({
      summary: 'List the comments of a feature request',
      errors: ['FEATURE_NOT_FOUND', 'INVALID_CURSOR'],
      rest: { project: { method: 'GET', path: '/features/{id}/comments' } },
      mcp: {
        name: 'list_comments',
        title: 'List the comments of a feature request',
        hints: { readOnly: true, idempotent: true },
        names: AS_FEATURE,
        userText: COMMENT_TEXT,
      },
    })
    .input(schema.ListComments)
    .output(schema.CommentPage)
    .query(({ ctx, input }) => listComments(ctx, input)),
  createComment: project
    .scope('comments:write')
    .meta({
      summary: 'Comment on a feature request',
      errors: ['FEATURE_NOT_FOUND', 'COMMENT_NOT_FOUND'],
      rest: {
        project: { method: 'POST', path: '/features/{id}/comments', status: 201, location: '/features/{featureId}/comments' },
      },
      mcp: { name: 'add_comment', title: 'Comment on a feature request', hints: {}, names: AS_FEATURE },
    })
    .input(schema.CreateComment)
    .output(schema.Comment)
    .mutation(({ ctx, input }) => createComment(ctx, input)),
  editComment: project
    .scope('comments:write')
    .meta({ summary: 'Edit a comment of your own', errors: ['FEATURE_NOT_FOUND', 'COMMENT_NOT_FOUND'] })
    .input(schema.EditComment)
    .output(schema.Comment)
    .mutation(({ ctx, input }) => editComment(ctx, input)),
  removeComment: project
    .scope('comments:delete')
    .meta({
      summary: 'Delete a comment',
      errors: ['FEATURE_NOT_FOUND', 'COMMENT_NOT_FOUND'],
      rest: { project: { method: 'DELETE', path: '/features/{id}/comments/{commentId}', status: 204 } },
      mcp: {
        name: 'delete_comment',
        title: 'Delete a comment',
        hints: { destructive: true },
        names: AS_FEATURE,
        confirm: { tells: 'This deletes the comment for everyone. Its text cannot be brought back.' },
      },
    })
    .input(schema.CommentRef)
    .output(schema.Done)
    .mutation(({ ctx, input }) => removeComment(ctx, input)),
};
