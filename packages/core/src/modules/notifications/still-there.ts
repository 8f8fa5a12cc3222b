/**
 * Whether what a notice `n` tells of is still there: the conversation, or else the feature and the comment. What was
 * deleted is told nobody any more: not in a feed, and by no e-mail. It is one look-up by a key for each row, and one
 * condition to the planner: joins, or several such conditions, would cost a page the order of its index.
 */
export const IS_STILL_THERE = `case
  when n.conversation_id is not null then (select v.deleted_at is null from conversation v where v.id = n.conversation_id)
  when n.comment_id is not null then (
    select c.deleted_at is null and f.deleted_at is null from comment c join feature f on f.id = c.feature_id where c.id = n.comment_id)
  when n.feature_id is not null then (select f.deleted_at is null from feature f where f.id = n.feature_id)
  else true
end`;
