-- What Prisma's schema language cannot say.

-- Full-text search over the backlog.
-- Searched without punctuation: PostgreSQL's parser takes "CSV/PDF" for a path and "example.com" for a host, which no
-- single word of theirs finds. Queries must use the same expression. \x3b is the semicolon, at which Prisma's adapter for
-- PostgreSQL would cut the script.
CREATE INDEX "feature_search" ON "feature" USING GIN (
  to_tsvector('simple', translate("title" || ' ' || coalesce("description", ''), E'!"#$%&''()*+,-./:\x3b<=>?@[\\]^_`{|}~', repeat(' ', 32)))
) WHERE "deleted_at" IS NULL;

-- The counters are updated in place at every call: room on the page keeps the updates off the indexes.
ALTER TABLE "usage_day" SET (fillfactor = 50);
ALTER TABLE "usage_key_day" SET (fillfactor = 70);
ALTER TABLE "key_rate" SET (fillfactor = 50);

-- A key has exactly one owner.
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_one_owner" CHECK (num_nonnulls("owner_user_id", "service_account_id") = 1);
ALTER TABLE "feature" ADD CONSTRAINT "feature_counts" CHECK ("vote_count" >= 0 AND "comment_count" >= 0);
ALTER TABLE "usage_day" ADD CONSTRAINT "usage_day_calls" CHECK ("calls" >= 0);

-- Prisma reads a list and never null.
ALTER TABLE "feature" ALTER COLUMN "tags" SET NOT NULL;
