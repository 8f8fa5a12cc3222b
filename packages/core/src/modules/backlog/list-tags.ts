import type { ProjectContext } from '../../trpc.ts';
import type { TagCount } from './schema.ts';
import { isVisibleSql } from './visibility.ts';

/** Of how many features, latest first, the tags are counted: the cost of it does not grow with the backlog. */
const LATEST_COUNTED = 1_000;
const MOST_TAGS = 200;

/** The tags in use, most frequent first. */
export async function listTags(ctx: ProjectContext): Promise<{ items: TagCount[] }> {
  const items = await ctx.access.db.sql.query<TagCount>(
    `select tag, count(*)::int4 as count
     from (
       select tags from feature
       where project_id = $1 and deleted_at is null and ${isVisibleSql(ctx.grant, 'category')}
       order by created_at desc, id desc limit ${LATEST_COUNTED}
     ) latest, unnest(tags) as tag
     group by tag order by count(*) desc, tag limit ${MOST_TAGS}`,
    [ctx.tenant.project.id],
  );
  return { items };
}
