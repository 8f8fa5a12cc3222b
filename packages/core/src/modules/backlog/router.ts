import { project } from '../../project.ts';
import { router } from '../../trpc.ts';
import { changeStatus } from './change-status.ts';
import { commentProcedures } from './comment-router.ts';
import { createFeature } from './create-feature.ts';
import { developerProcedures } from './developer-router.ts';
import { listFeatures } from './list-features.ts';
import { listTags } from './list-tags.ts';
import { listVoters } from './list-voters.ts';
import * as schema from './schema.ts';
import { getScreenshot } from './screenshot.ts';
import { deleteFeature, getFeature, projectStats } from './service.ts';
import { addVote, removeVote } from './votes.ts';

const NOT_FOUND = ['FEATURE_NOT_FOUND'] as const;

const OF_PROJECT = '/projects/{projectId}/features';

/** What end users write of features; their reports and the pages that they were on are theirs too. */
const SUMMARY_TEXT = ['title', 'description', 'pageUrl'];
const FEATURE_TEXT = [...SUMMARY_TEXT, 'errorReport', 'context', 'diagnostics'];
const AS_FEATURE = { id: 'featureId' } as const;

/** Writing the developer note makes a version; that its reader has become somebody who sees it does not. */
const FEATURE_TAG = { etag: 'version', perReader: ['developerNote', 'developerNoteUpdatedAt'] } as const;

export const backlog = router({
  list: project
    .scope('backlog:read')
    .meta({
      summary: 'List feature requests',
      errors: ['INVALID_CURSOR'],
      rest: { project: { method: 'GET', path: '/features' }, org: { method: 'GET', path: OF_PROJECT } },
      mcp: {
        name: 'list_features',
        title: 'List feature requests',
        hints: { readOnly: true, idempotent: true },
        userText: SUMMARY_TEXT,
      },
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
      mcp: {
        name: 'get_feature',
        title: 'Read a feature request',
        hints: { readOnly: true, idempotent: true },
        names: AS_FEATURE,
        userText: FEATURE_TEXT,
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
      mcp: {
        name: 'change_status',
        title: 'Change the status of a feature request',
        hints: { idempotent: true },
        names: AS_FEATURE,
        userText: FEATURE_TEXT,
        confirm: {
          when: { status: ['COMPLETED'] },
          tells:
            'This completes the feature request and tells everyone who asked or voted for it. A notice that was sent cannot be taken back.',
        },
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
      mcp: {
        name: 'delete_feature',
        title: 'Delete a feature request',
        hints: { destructive: true },
        names: AS_FEATURE,
        confirm: {
          tells: 'This deletes the feature request with its votes and comments, for the team and for everyone who asked for it.',
        },
      },
    })
    .input(schema.DeleteFeature)
    .output(schema.Done)
    .mutation(({ ctx, input }) => deleteFeature(ctx, input)),
  stats: project
    .scope('backlog:read')
    .meta({
      summary: 'Count the backlog by lane',
      mcp: { name: 'get_project_stats', title: 'Count the backlog by status', hints: { readOnly: true, idempotent: true } },
    })
    .input(schema.ProjectOnly)
    .output(schema.ProjectStats)
    .query(({ ctx }) => projectStats(ctx)),
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
  ...commentProcedures,
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
