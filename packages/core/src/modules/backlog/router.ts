import { project } from '../../project.ts';
import { router } from '../../trpc.ts';
import { editComment, removeComment } from './change-comment.ts';
import { changeStatus } from './change-status.ts';
import { createComment } from './comments.ts';
import { createFeature } from './create-feature.ts';
import { developerProcedures } from './developer-router.ts';
import { listComments } from './list-comments.ts';
import { listFeatures } from './list-features.ts';
import { listTags } from './list-tags.ts';
import { listVoters } from './list-voters.ts';
import * as schema from './schema.ts';
import { getScreenshot } from './screenshot.ts';
import { backlogStats, deleteFeature, getFeature } from './service.ts';
import { addVote, removeVote } from './votes.ts';

const NOT_FOUND = ['FEATURE_NOT_FOUND'] as const;

const OF_PROJECT = '/projects/{projectId}/features';

/** Writing the developer note makes a version; that its reader has become somebody who sees it does not. */
const FEATURE_TAG = { etag: 'version', perReader: ['developerNote', 'developerNoteUpdatedAt'] } as const;

export const backlog = router({
  list: project
    .scope('backlog:read')
    .meta({
      summary: 'List feature requests',
      errors: ['INVALID_CURSOR'],
      rest: { project: { method: 'GET', path: '/features' }, org: { method: 'GET', path: OF_PROJECT } },
    })
    .input(schema.ListFeatures)
    .output(schema.FeaturePage)
    .query(({ ctx, input }) => listFeatures(ctx, input)),
  get: project
    .scope('backlog:read')
    .meta({
      summary: 'Read a feature request',
      errors: NOT_FOUND,
      rest: {
        project: { method: 'GET', path: '/features/{id}', ...FEATURE_TAG },
        org: { method: 'GET', path: `${OF_PROJECT}/{id}`, ...FEATURE_TAG },
      },
    })
    .input(schema.FeatureRef)
    .output(schema.Feature)
    .query(({ ctx, input }) => getFeature(ctx, input)),
  create: project
    .scope('backlog:write')
    .meta({
      summary: 'Create a feature request',
      rest: {
        project: { method: 'POST', path: '/features', status: 201, location: '/features/{id}', ...FEATURE_TAG },
        org: { method: 'POST', path: OF_PROJECT, status: 201, location: `${OF_PROJECT}/{id}`, ...FEATURE_TAG },
      },
    })
    .input(schema.CreateFeature)
    .output(schema.CreatedFeature)
    .mutation(({ ctx, input }) => createFeature(ctx, input)),
  changeStatus: project
    .scope('status:write')
    .meta({
      summary: 'Change the status of a feature request',
      errors: ['FEATURE_NOT_FOUND', 'INVALID_STATUS_TRANSITION', 'CONFLICT', 'PRECONDITION_FAILED'],
      rest: {
        project: { method: 'PATCH', path: '/features/{id}', ...FEATURE_TAG },
        org: { method: 'PATCH', path: `${OF_PROJECT}/{id}`, ...FEATURE_TAG },
      },
    })
    .input(schema.ChangeStatus)
    .output(schema.Feature)
    .mutation(({ ctx, input }) => changeStatus(ctx, input)),
  remove: project
    .scope('features:delete')
    .meta({
      summary: 'Delete a feature request',
      errors: NOT_FOUND,
      rest: { project: { method: 'DELETE', path: '/features/{id}', status: 204 } },
    })
    .input(schema.DeleteFeature)
    .output(schema.Done)
    .mutation(({ ctx, input }) => deleteFeature(ctx, input)),
  stats: project
    .scope('backlog:read')
    .meta({ summary: 'Count the backlog by lane' })
    .input(schema.ProjectOnly)
    .output(schema.BacklogStats)
    .query(({ ctx }) => backlogStats(ctx)),
  tags: project
    .scope('backlog:read')
    .meta({ summary: 'Count the tags of the latest feature requests' })
    .input(schema.ProjectOnly)
    .output(schema.TagCounts)
    .query(({ ctx }) => listTags(ctx)),
  getScreenshot: project
    .scope('backlog:read')
    .meta({
      summary: 'Read the screenshot of a feature request',
      errors: ['FEATURE_NOT_FOUND', 'SCREENSHOT_NOT_FOUND'],
      rest: { project: { method: 'GET', path: '/features/{id}/screenshot', etag: 'content' } },
    })
    .input(schema.FeatureRef)
    .output(schema.Screenshot)
    .query(({ ctx, input }) => getScreenshot(ctx, input)),
  ...developerProcedures,
  listComments: project
    .scope('backlog:read')
    .meta({
      summary: 'List the comments of a feature request',
      errors: ['FEATURE_NOT_FOUND', 'INVALID_CURSOR'],
      rest: { project: { method: 'GET', path: '/features/{id}/comments' } },
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
    })
    .input(schema.CommentRef)
    .output(schema.Done)
    .mutation(({ ctx, input }) => removeComment(ctx, input)),
  listVoters: project
    .scope('requesters:read')
    .meta({ summary: 'List who voted for a feature request', errors: ['FEATURE_NOT_FOUND', 'INVALID_CURSOR'] })
    .input(schema.ListVoters)
    .output(schema.VoterPage)
    .query(({ ctx, input }) => listVoters(ctx, input)),
  addVote: project
    .scope('backlog:write')
    .meta({ summary: 'Vote on behalf of a requester', errors: ['FEATURE_NOT_FOUND', 'CONFLICT'] })
    .input(schema.AddVote)
    .output(schema.VoteCount)
    .mutation(({ ctx, input }) => addVote(ctx, input)),
  removeVote: project
    .scope('backlog:write')
    .meta({ summary: "Take a requester's vote back", errors: NOT_FOUND })
    .input(schema.RemoveVote)
    .output(schema.VoteCount)
    .mutation(({ ctx, input }) => removeVote(ctx, input)),
});
